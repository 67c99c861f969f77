using System.Buffers;
using System.IO.Pipelines;
using FedHe.Orchestration.Messages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FedHe.Hosting.AspNetCore.Endpoints;

/// <summary>
/// An arriving message comes in from the pipe of its request. What it says about itself is known before most of it has come; a long one
/// waits in a file for its turn, so that memory does not grow with the number of senders.
/// </summary>
internal sealed class ArrivingMessage : IDisposable
{
    private const int HeadLength = 1024;
    private const int LongestInMemory = 64 * 1024;

    // The slowest link that a message may take, in bytes a second.
    private const int SlowestRate = 16 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpRequest _request;
    private readonly CancellationTokenSource _limit;
    private byte[]? _bytes;
    private FileStream? _file;

    private ArrivingMessage(HttpRequest request, int length, MessageInfo? info, CancellationTokenSource limit)
        => (_request, Length, Info, _limit) = (request, length, info, limit);

    /// <summary>The length of the message, in bytes.</summary>
    public int Length { get; }

    /// <summary>What the message says about itself, unverified; null where it is no message.</summary>
    public MessageInfo? Info { get; }

    /// <summary>Returns what is wrong with the length that a request states for its message, or null and the length.</summary>
    public static Problem? FindFault(HttpRequest request, int longest, out int length)
    {
        Problem? fault = request.ContentLength switch
        {
            null => Problem.NoLength,
            0 => Problem.Malformed,
            long stated when stated > longest => Problem.TooLong,
            _ => null,
        };
        length = fault is null ? (int)request.ContentLength! : 0;
        return fault;
    }

    /// <summary>
    /// Reads the beginning of the message of a request whose length was stated. From here on, the message has a minute and the time that its
    /// length takes on a slow link: one whose sender is gone must hold neither its file nor the place of another.
    /// </summary>
    /// <exception cref="BadHttpRequestException">The time was not enough.</exception>
    public static async Task<ArrivingMessage> BeginAsync(HttpRequest request, int length, TimeProvider time, CancellationToken cancellationToken)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = length;
        }

        PipeReader reader = request.BodyReader;
        var limit = new CancellationTokenSource(Patience + TimeSpan.FromSeconds(length / SlowestRate), time);
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            ReadResult read = await reader.ReadAtLeastAsync(Math.Min(length, HeadLength), end.Token).ConfigureAwait(false);
            byte[] head = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, HeadLength)).ToArray();
            reader.AdvanceTo(read.Buffer.Start);
            return new ArrivingMessage(request, length, MessageInfo.TryRead(head, out MessageInfo? info) ? info : null, limit);
        }
        catch (Exception fault)
        {
            bool isTooSlow = fault is OperationCanceledException && limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested;
            limit.Dispose();
            if (isTooSlow)
            {
                throw TooSlow();
            }

            throw;
        }
    }

    /// <summary>Takes the whole message in.</summary>
    /// <param name="path">The path of the file for a long message, which is deleted with this object.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="IOException">There is no room for the message, which is known before it has come.</exception>
    /// <exception cref="BadHttpRequestException">The message did not arrive in time, or is shorter than stated.</exception>
    public async Task TakeAsync(string path, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, cancellationToken);
        try
        {
            await ArriveAsync(path, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw TooSlow();
        }
    }

    /// <summary>Returns the bytes of the message, which was taken in.</summary>
    public ReadOnlyMemory<byte> Read()
    {
        if (_bytes is null)
        {
            _bytes = new byte[Length];
            _file!.Position = 0;
            _file.ReadExactly(_bytes);
        }

        return _bytes;
    }

    public void Dispose()
    {
        _limit.Dispose();
        _file?.Dispose();
    }

    private static BadHttpRequestException TooSlow() => new("The message did not arrive in time.", StatusCodes.Status408RequestTimeout);

    private async Task ArriveAsync(string path, CancellationToken cancellationToken)
    {
        if (Length <= LongestInMemory)
        {
            _bytes = new byte[Length];
        }
        else
        {
            _file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
                PreallocationSize = Length,
            });
        }

        int arrived = 0;
        while (true)
        {
            ReadResult read = await _request.BodyReader.ReadAsync(cancellationToken).ConfigureAwait(false);
            foreach (ReadOnlyMemory<byte> part in read.Buffer)
            {
                if (_file is null)
                {
                    part.CopyTo(_bytes.AsMemory(arrived));
                }
                else
                {
                    await _file.WriteAsync(part, cancellationToken).ConfigureAwait(false);
                }

                arrived += part.Length;
            }

            _request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        if (arrived != Length)
        {
            throw new BadHttpRequestException("The message is shorter than stated.", StatusCodes.Status400BadRequest);
        }
    }
}
