// Prints the addresses that Go's own resolver finds for a name, or 'not found', or the error.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
)

func main() {
	resolver := net.Resolver{PreferGo: true}
	addresses, err := resolver.LookupHost(context.Background(), os.Args[1])
	var failure *net.DNSError
	if errors.As(err, &failure) && failure.IsNotFound {
		fmt.Println("not found")
	} else if err != nil {
		fmt.Println(err)
	}
	for _, address := range addresses {
		fmt.Println(address)
	}
}
