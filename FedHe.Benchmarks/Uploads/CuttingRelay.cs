using System.Net;
using System.Net.Sockets;

namespace FedHe.Benchmarks.Uploads;

/// <summary>
/// A cutting relay passes bytes on to a server, cuts all connections when some bytes of the client have gone through it, and passes nothing on from then on until
/// it is opened again.
/// </summary>
internal sealed class CuttingRelay : IAsyncDisposable
{
    private const int PartLength = 256 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenSource _cutting = new();
    private readonly TaskCompletionSource<long> _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _cutAt;
    private readonly Task _accepting;
    private int _serverPort;
    private long _sent;

    /// <summary>Begins to listen.</summary>
    /// <param name="serverPort">The port of the server.</param>
    /// <param name="cutAt">The number of bytes of the client behind which connections are cut, within TLS and its overhead.</param>
    public CuttingRelay(int serverPort, long cutAt)
    {
        (_serverPort, _cutAt) = (serverPort, cutAt);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The port of the relay.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The bytes of the client that have gone through the relay.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Ends when connections were cut, with the bytes that had gone through.</summary>
    public Task<long> Cut => _cut.Task;

    /// <summary>Passes bytes on again.</summary>
    /// <param name="serverPort">The port of the server, which may be another process.</param>
    public void Open(int serverPort)
    {
        _serverPort = serverPort;
        _opened.SetResult();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        _listener.Stop();
        await _accepting.ConfigureAwait(false);
        _end.Dispose();
        _cutting.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token).ConfigureAwait(false);
                _ = RelayAsync(client);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            bool isFirst = !_cut.Task.IsCompleted;
            using var end = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, isFirst ? _cutting.Token : CancellationToken.None);
            try
            {
                if (!isFirst)
                {
                    await _opened.Task.WaitAsync(end.Token).ConfigureAwait(false);
                }

                await server.ConnectAsync(IPAddress.Loopback, _serverPort, end.Token).ConfigureAwait(false);
                await Task.WhenAny(PassAsync(client, server, isCounted: true, end.Token), PassAsync(server, client, isCounted: false, end.Token)).ConfigureAwait(false);

                // A connection that is cut says nothing more, not even that it ends.
                client.LingerState = new LingerOption(true, 0);
                server.LingerState = new LingerOption(true, 0);
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException)
            {
                // One of the ends is away.
            }

            await end.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, bool isCounted, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[PartLength];
        try
        {
            int length;
            while ((length = await from.GetStream().ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                if (isCounted && Interlocked.Add(ref _sent, length) >= _cutAt && _cut.TrySetResult(Sent))
                {
                    await _cutting.CancelAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or OperationCanceledException or SocketException)
        {
            // The other end is gone.
        }
    }
}
