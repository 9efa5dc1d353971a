/* Prints the addresses that the C library finds for a name, or 'not found', or the code of getaddrinfo. */
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = 0;
	char text[NI_MAXHOST];

	if (argc != 2)
		return 2;
	int code = getaddrinfo(argv[1], 0, &hints, &found);
	if (code) {
		if (code == EAI_NONAME)
			printf("not found\n");
		else
			printf("error %d\n", code);
		return 0;
	}
	for (struct addrinfo *each = found; each; each = each->ai_next)
		if (!getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, 0, 0, NI_NUMERICHOST))
			printf("%s\n", text);
	freeaddrinfo(found);
	return 0;
}
