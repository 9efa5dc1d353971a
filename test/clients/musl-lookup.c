/* Prints how many IPv4 addresses the C library finds for a name, or the code of getaddrinfo. */
#include <netdb.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = 0;
	int count = 0;

	if (argc != 2)
		return 2;
	int code = getaddrinfo(argv[1], 0, &hints, &found);
	if (code) {
		printf("error %d\n", code);
		return 0;
	}
	for (struct addrinfo *each = found; each; each = each->ai_next)
		count++;
	printf("%d\n", count);
	freeaddrinfo(found);
	return 0;
}
