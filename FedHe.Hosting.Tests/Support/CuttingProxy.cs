using System.Net;
using System.Net.Sockets;

namespace FedHe.Hosting.Tests.Support;

/// <summary>
/// A proxy on a port of this machine, which passes bytes on to a server, and cuts each of its first connections when some bytes of the client have gone
/// through it. It may also hold back what a client sends, and pass it on in large pieces.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<int> _server;
    private readonly Queue<int> _cuts;
    private readonly int _held;
    private readonly Task _accepting;

    /// <summary>Begins to listen.</summary>
    /// <param name="server">The port of the server.</param>
    /// <param name="cuts">The number of bytes of the client behind which the first, second, ... connection is cut.</param>
    /// <param name="held">The number of bytes of the client that the proxy gathers, as long as more come.</param>
    public CuttingProxy(Func<int> server, IEnumerable<int> cuts, int held = 0)
    {
        (_server, _cuts, _held) = (server, new Queue<int>(cuts), held);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The number of connections that are still to be cut.</summary>
    public int Left => _cuts.Count;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                _ = PassAsync(client, _cuts.TryDequeue(out int cut) ? cut : int.MaxValue);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task PassAsync(TcpClient client, int cut)
    {
        using (client)
        using (var server = new TcpClient())
        using (var end = CancellationTokenSource.CreateLinkedTokenSource(_end.Token))
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server(), end.Token);
                await Task.WhenAny(PassAsync(client, server, cut, _held, end.Token), PassAsync(server, client, int.MaxValue, held: 0, end.Token));
            }
            catch (SocketException)
            {
                // The server is away.
            }

            await end.CancelAsync();
        }
    }

    private static async Task PassAsync(TcpClient from, TcpClient to, int cut, int held, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[Math.Max(held, 4096)];
        int passed = 0;
        try
        {
            while (passed < cut)
            {
                int length = await from.GetStream().ReadAsync(buffer, cancellationToken);
                if (length == 0)
                {
                    return;
                }

                while (length < held && await HasMoreAsync(from, cancellationToken))
                {
                    int more = await from.GetStream().ReadAsync(buffer.AsMemory(length), cancellationToken);
                    length += more;
                    if (more == 0)
                    {
                        break;
                    }
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, Math.Min(length, cut - passed)), cancellationToken);
                passed += length;
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The other side is gone.
        }
    }

    private static async Task<bool> HasMoreAsync(TcpClient from, CancellationToken cancellationToken)
    {
        await Task.Delay(10, cancellationToken);
        return from.Available > 0;
    }
}
