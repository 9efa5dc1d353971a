import java.net.InetAddress;
import java.net.UnknownHostException;

/** Prints the addresses that Java finds for a name, or 'not found'. */
public class Lookup {
    public static void main(String[] arguments) {
        try {
            for (InetAddress address : InetAddress.getAllByName(arguments[0])) System.out.println(address.getHostAddress());
        } catch (UnknownHostException error) {
            System.out.println("not found");
        }
    }
}
