using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FedHe.Hosting.AspNetCore.Arrivals;

/// <summary>
/// An arriving body comes in from the pipe of its request, part by part. It has a minute and the time that its length takes on a slow link: one whose
/// sender is gone must hold neither its file nor the place of another.
/// </summary>
internal sealed class ArrivingBody : IDisposable
{
    // The slowest link that a body may take, in bytes a second.
    private const int SlowestRate = 16 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly PipeReader _reader;
    private readonly CancellationTokenSource _limit;

    /// <summary>Begins with a body whose length was stated and is allowed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="length">The length of the body, in bytes.</param>
    /// <param name="time">The clock.</param>
    public ArrivingBody(HttpRequest request, int length, TimeProvider time)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = length;
        }

        (_reader, Length) = (request.BodyReader, length);
        _limit = new CancellationTokenSource(Patience + TimeSpan.FromSeconds(length / SlowestRate), time);
    }

    /// <summary>The length of the body, in bytes.</summary>
    public int Length { get; }

    /// <summary>Returns the beginning of the body, which stays in it.</summary>
    /// <param name="length">The length of the beginning, in bytes.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="BadHttpRequestException">The time was not enough.</exception>
    public Task<byte[]> PeekAsync(int length, CancellationToken cancellationToken) => InTimeAsync(
        async end =>
        {
            ReadResult read = await _reader.ReadAtLeastAsync(Math.Min(length, Length), end).ConfigureAwait(false);
            byte[] beginning = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, length)).ToArray();
            _reader.AdvanceTo(read.Buffer.Start);
            return beginning;
        },
        cancellationToken);

    /// <summary>Hands the whole body over, in parts.</summary>
    /// <param name="take">Takes a part and where it begins, before the next one comes.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="BadHttpRequestException">The body did not arrive in time, or is shorter or longer than stated.</exception>
    public Task TakeAsync(Func<ReadOnlySequence<byte>, int, CancellationToken, ValueTask> take, CancellationToken cancellationToken) => InTimeAsync(
        async end =>
        {
            int arrived = 0;
            while (true)
            {
                ReadResult read = await _reader.ReadAsync(end).ConfigureAwait(false);
                if (arrived + read.Buffer.Length > Length)
                {
                    throw new BadHttpRequestException("The body is longer than stated.", StatusCodes.Status400BadRequest);
                }

                if (!read.Buffer.IsEmpty)
                {
                    await take(read.Buffer, arrived, end).ConfigureAwait(false);
                    arrived += (int)read.Buffer.Length;
                }

                _reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return arrived == Length ? true : throw new BadHttpRequestException("The body is shorter than stated.", StatusCodes.Status400BadRequest);
                }
            }
        },
        cancellationToken);

    /// <summary>Takes the whole body into memory.</summary>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="BadHttpRequestException">The body did not arrive in time, or is shorter or longer than stated.</exception>
    public async Task<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[Length];
        await TakeAsync(
            (part, at, _) =>
            {
                part.CopyTo(bytes.AsSpan(at));
                return default;
            },
            cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    public void Dispose() => _limit.Dispose();

    private async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, cancellationToken);
        try
        {
            return await work(end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The body did not arrive in time.", StatusCodes.Status408RequestTimeout);
        }
    }
}
