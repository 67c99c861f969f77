using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.Connections;

/// <summary>
/// A chunked message brings a long message to the server in chunks, and goes on where the server has it after an interruption of any kind. It remembers
/// nothing: the same message has the same head, also in another process.
/// </summary>
/// <param name="transfers">The address of the party's transfers.</param>
/// <param name="message">The message.</param>
/// <param name="chunkLength">The length of a chunk, in bytes.</param>
/// <param name="requestLength">The length of the longest request, in bytes; one brings at least a chunk.</param>
/// <param name="identity">The client, which signs the head.</param>
/// <param name="send">The function that sends a request, whose body has the given number of bytes, until the server answers.</param>
/// <param name="wait">Waits before the transfer is begun again, for the number of times that this brought nothing.</param>
internal sealed class ChunkedMessage(
    string transfers,
    SentBytes message,
    int chunkLength,
    int requestLength,
    ClientIdentity identity,
    Func<Func<HttpRequestMessage>, long, CancellationToken, Task<HttpResponseMessage>> send,
    Func<int, CancellationToken, Task> wait)
{
    private const string OffsetHeader = "Upload-Offset";

    // Whatever damages every chunk, or takes the transfer away each time, does not get better.
    private const int MostBeginnings = 100;

    // A transfer may end just when it is begun again. What happens each time is a server without transfers behind something that words its own refusals.
    private const int MostBeginningsNotFound = 3;

    // Made when the message is sent, for which all of it is read.
    private TransferHead _head = null!;

    // One request after the other waits for the answer to the one before, so that few long ones are faster.
    private int _chunksAtOnce = Math.Max(1, requestLength / chunkLength);

    private string Address => $"{transfers}/{_head.Name}";

    /// <summary>Brings the message, and returns the server's answer to all of it; or null where the server knows no transfers.</summary>
    public async Task<HttpResponseMessage?> SendAsync(CancellationToken cancellationToken)
    {
        _head = await Task.Run(() => message.Sign(chunkLength, identity), cancellationToken).ConfigureAwait(false);
        long furthest = -1;
        int vain = 0;
        int notFound = 0;
        while (true)
        {
            HttpResponseMessage answer = await BeginAsync(cancellationToken).ConfigureAwait(false);
            if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed && (!answer.IsProblem() || ++notFound == MostBeginningsNotFound))
            {
                answer.Dispose();
                return null;
            }

            bool isBegun = answer.IsSuccessStatusCode;
            if (isBegun)
            {
                long offset = OffsetOf(answer) ?? 0;
                (furthest, vain) = offset > furthest ? (offset, 0) : (furthest, vain + 1);
                answer.Dispose();
                await wait(vain, cancellationToken).ConfigureAwait(false);
                answer = await GoOnAsync(offset, cancellationToken).ConfigureAwait(false);
            }

            bool mayBeginAgain = answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict && answer.IsProblem() && vain < MostBeginnings;
            if (!mayBeginAgain)
            {
                return answer;
            }

            answer.Dispose();
            if (!isBegun)
            {
                await wait(++vain, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static long? OffsetOf(HttpResponseMessage answer)
        => answer.Headers.TryGetValues(OffsetHeader, out IEnumerable<string>? values)
            && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out long offset) ? offset : null;

    /// <summary>Begins the transfer, or finds out how far it came.</summary>
    private Task<HttpResponseMessage> BeginAsync(CancellationToken cancellationToken)
    {
        var bytes = new ArrayBufferWriter<byte>();
        _head.WriteTo(bytes);
        return send(() => new HttpRequestMessage(HttpMethod.Post, transfers) { Content = new ReadOnlyMemoryContent(bytes.WrittenMemory) }, bytes.WrittenCount, cancellationToken);
    }

    /// <summary>Brings the chunks from an offset on, and has the server take the message. Returns its answer, or that to a chunk which it does not take.</summary>
    private async Task<HttpResponseMessage> GoOnAsync(long offset, CancellationToken cancellationToken)
    {
        while (offset < _head.Length && offset % _head.ChunkLength == 0)
        {
            HttpResponseMessage answer = await AppendAsync(offset, cancellationToken).ConfigureAwait(false);
            if (OffsetOf(answer) is long next && next > offset)
            {
                // Also where an earlier request brought the chunk, and its answer was lost.
                offset = next;
                answer.Dispose();
            }
            else if (!answer.IsSuccessStatusCode && _chunksAtOnce > 1)
            {
                // A proxy may take shorter requests than the server.
                _chunksAtOnce = 1;
                answer.Dispose();
            }
            else if (!answer.IsSuccessStatusCode)
            {
                return answer;
            }
            else
            {
                // No answer of FedHe's server, which says what is missing.
                answer.Dispose();
                break;
            }
        }

        return await send(() => new HttpRequestMessage(HttpMethod.Post, Address), message.Length, cancellationToken).ConfigureAwait(false);
    }

    private Task<HttpResponseMessage> AppendAsync(long offset, CancellationToken cancellationToken)
    {
        int length = (int)Math.Min((long)_chunksAtOnce * _head.ChunkLength, _head.Length - offset);
        return send(
            () =>
            {
                HttpContent content = message.ContentOf(offset, length);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/partial-upload");
                var request = new HttpRequestMessage(HttpMethod.Patch, Address) { Content = content, Headers = { { OffsetHeader, offset.ToString(CultureInfo.InvariantCulture) } } };

                // An answer that needs no body comes before it: the offset, where an earlier attempt brought some of the chunks, or the refusal of a proxy.
                request.Headers.ExpectContinue = length > _head.ChunkLength;
                return request;
            },
            length,
            cancellationToken);
    }
}
