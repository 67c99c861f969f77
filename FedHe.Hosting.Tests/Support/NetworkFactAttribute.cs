using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace FedHe.Hosting.Tests.Support;

/// <summary>A test that needs an address of this machine that others reach; where there is none it is skipped, and counted.</summary>
internal sealed class NetworkFactAttribute : FactAttribute
{
    public NetworkFactAttribute() => Skip = Address is null ? "This machine has no address but its own." : null;

    public static IPAddress? Address { get; } = NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(address => address.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
}
