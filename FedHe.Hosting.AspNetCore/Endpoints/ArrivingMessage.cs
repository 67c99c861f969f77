using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Orchestration.Messages;
using Microsoft.AspNetCore.Http;
using Microsoft.Win32.SafeHandles;

namespace FedHe.Hosting.AspNetCore.Endpoints;

/// <summary>
/// An arriving message comes in with one request. What it says about itself is known before most of it has come; a long one waits in a file for its
/// turn, so that memory does not grow with the number of senders.
/// </summary>
internal sealed class ArrivingMessage : IStoredMessage, IDisposable
{
    private const int HeadLength = 1024;
    private const int LongestInMemory = 64 * 1024;

    private readonly ArrivingBody _body;
    private SafeFileHandle? _file;

    private ArrivingMessage(ArrivingBody body, MessageInfo? info) => (_body, Info) = (body, info);

    /// <summary>The length of the message, in bytes.</summary>
    public long Length => _body.Length;

    /// <inheritdoc/>
    public byte[]? Bytes { get; private set; }

    /// <summary>What the message says about itself, unverified; null where it is no message.</summary>
    public MessageInfo? Info { get; }

    /// <summary>Returns what is wrong with the length that a request states for its body, or null and the length. What no array can have comes in several requests.</summary>
    public static Problem? FindFault(HttpRequest request, long longest, out int length)
    {
        Problem? fault = request.ContentLength switch
        {
            null => Problem.NoLength,
            0 => Problem.Malformed,
            long stated when stated > Math.Min(longest, Array.MaxLength) => Problem.TooLong,
            _ => null,
        };
        length = fault is null ? (int)request.ContentLength! : 0;
        return fault;
    }

    /// <summary>Reads the beginning of the message of a request whose length was stated.</summary>
    /// <exception cref="BadHttpRequestException">The time was not enough.</exception>
    public static async Task<ArrivingMessage> BeginAsync(HttpRequest request, int length, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = new ArrivingBody(request, length, time);
        try
        {
            byte[] head = await body.PeekAsync(HeadLength, cancellationToken).ConfigureAwait(false);
            return new ArrivingMessage(body, MessageInfo.TryRead(head, out MessageInfo? info) ? info : null);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Takes the whole message in.</summary>
    /// <param name="path">The path of the file for a long message, which is deleted with this object.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <param name="longestInMemory">The length of the longest message that stays in memory, in bytes. Tests make it smaller.</param>
    /// <exception cref="IOException">There is no room for the message, which is known before it has come.</exception>
    /// <exception cref="BadHttpRequestException">The message did not arrive in time, or is shorter than stated.</exception>
    public async Task TakeAsync(string path, CancellationToken cancellationToken, int longestInMemory = LongestInMemory)
    {
        if (Length <= longestInMemory)
        {
            Bytes = await _body.ReadAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose | FileOptions.Asynchronous, preallocationSize: Length);
        await _body.TakeAsync((part, at, end) => _file.WriteAsync(part, at, end), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void CopyTo(Span<byte> destination) => _file!.ReadExactly(destination);

    /// <inheritdoc/>
    public Stream OpenRead() => Bytes is byte[] bytes ? new MemoryStream(bytes, writable: false) : new HandleStream(_file!, Length);

    public void Dispose()
    {
        _body.Dispose();
        _file?.Dispose();
    }
}
