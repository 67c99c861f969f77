using System.Net;
using System.Net.Http.Headers;
using FedHe.Hosting.Diagnostics;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Parties;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace FedHe.Hosting.Connections;

/// <summary>
/// A server link brings messages to the server and takes those in the mailbox of its party. What fails for the moment is tried again, after
/// waits that grow and differ; what will not get better throws.
/// </summary>
internal sealed class ServerLink : IDisposable
{
    /// <summary>The name of the key authority among the parties of a job; no client can have it.</summary>
    public const string AuthorityName = "@authority";

    private const string MessageHeader = "FedHe-Message";
    private const string AnnounceHeader = "FedHe-Announce";
    private const string AuditHeader = "FedHe-Audit";

    // A certificate of the largest roster is shorter.
    private const int LongestCertificate = 32 * 1024 * 1024;

    // The slowest link that a message may take, in bytes a second.
    private const int SlowestRate = 16 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PatienceWithMetrics = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;
    private readonly string _party;
    private readonly string _mailbox;
    private readonly FedHePartyOptions _options;
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;
    private readonly Func<CancellationToken, ValueTask<string>>? _token;
    private readonly TimeProvider _time;
    private int _interruptions;
    private volatile string? _auditHead;

    public ServerLink(
        FedHePartyOptions options, Guid jobId, string party, Func<CancellationToken, ValueTask<string>>? token, TimeProvider time, ILogger logger)
    {
        _options = options;
        _token = token;
        _time = time;
        _http = ServerConnection.Create(options, time);
        _party = $"{options.Server!.AbsoluteUri.TrimEnd('/')}/jobs/{jobId:D}/parties/{party}";
        _mailbox = $"{_party}/messages";
        _pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.FirstRetry,
                MaxDelay = options.LastRetry,
                ShouldHandle = attempt => ValueTask.FromResult(
                    attempt.Outcome.Exception is HttpRequestException || (attempt.Outcome.Result is HttpResponseMessage response && IsTransient(response.StatusCode))),
                OnRetry = attempt =>
                {
                    Interrupt();
                    Log.Retrying(logger, party, attempt.Outcome.Result?.StatusCode, attempt.Outcome.Exception?.Message ?? "the server is busy", attempt.RetryDelay);
                    attempt.Outcome.Result?.Dispose();
                    return default;
                },
            })
            .Build();
    }

    /// <summary>The client whose long messages are sent in chunks; null for another party.</summary>
    public ClientIdentity? Identity { get; init; }

    /// <summary>Where long messages to the party go; null for a party that has all of them in memory.</summary>
    public ReceivedFiles? Files { get; set; }

    /// <summary>The length in bytes of the longest message that is taken; a longer one is passed over and stays in the mailbox. Null for a party that takes all.</summary>
    public long? LongestWanted { get; set; }

    /// <summary>The number of interruptions so far: after each, the server may lack what the party told it before.</summary>
    public int Interruptions => Volatile.Read(ref _interruptions);

    /// <summary>The head of the server's audit log that came with the latest answer, unverified; or null before the first.</summary>
    public string? AuditHead => _auditHead;

    /// <summary>Notes that the connection was interrupted, or that messages were lost.</summary>
    public void Interrupt() => Interlocked.Increment(ref _interruptions);

    /// <summary>
    /// Brings a message to the server, which has it on disk when the method returns. Returns false where the server refused the message for
    /// what it says, which the party then knows from the answer in its mailbox or from the log of the server.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="recipient">The client that an authority answers, or null.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    public Task<bool> PostAsync(ReadOnlyMemory<byte> message, ClientId? recipient, CancellationToken cancellationToken)
        => PostAsync(SentBytes.Of(message), recipient, cancellationToken);

    /// <summary>Brings a message of a client to the server, also one in a file.</summary>
    /// <inheritdoc cref="PostAsync(ReadOnlyMemory{byte}, ClientId?, CancellationToken)"/>
    public Task<bool> PostAsync(SignedMessage message, CancellationToken cancellationToken)
        => PostAsync(message.IsInFile ? SentBytes.Of(message.Length, message.OpenRead) : SentBytes.Of(message.Bytes), recipient: null, cancellationToken);

    /// <inheritdoc cref="PostAsync(ReadOnlyMemory{byte}, ClientId?, CancellationToken)"/>
    /// <exception cref="IOException">The file with the message cannot be read.</exception>
    public async Task<bool> PostAsync(SentBytes message, ClientId? recipient, CancellationToken cancellationToken)
    {
        string address = recipient is ClientId client ? $"{_mailbox}?for={client}" : _mailbox;
        using HttpResponseMessage response = await SendChunkedAsync(message, cancellationToken).ConfigureAwait(false)
            ?? await SendAsync(
                () => new HttpRequestMessage(HttpMethod.Post, address) { Content = message.ContentOf(start: 0, LengthOfOne(message)) }, LimitOf(message.Length), cancellationToken)
                .ConfigureAwait(false);
        if (response.Headers.TryGetValues(AuditHeader, out IEnumerable<string>? heads))
        {
            _auditHead = heads.First();
        }

        if (response.StatusCode == HttpStatusCode.UnprocessableContent)
        {
            return false;
        }

        ThrowUnlessSuccess(response);
        return true;
    }

    /// <summary>Waits for the next message, and returns null where none came for a while.</summary>
    /// <param name="after">The message before it, or null for the oldest one that was not acknowledged.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ReceivedMessage?> ReceiveAsync(string? after, CancellationToken cancellationToken) => ReceiveAsync(after, _options.LongPoll, cancellationToken);

    /// <summary>Waits for the next message for a time, which may be zero.</summary>
    public async Task<ReceivedMessage?> ReceiveAsync(string? after, TimeSpan wait, CancellationToken cancellationToken)
    {
        string address = FormattableString.Invariant($"{_mailbox}/next?wait={(int)wait.TotalSeconds}{(after is null ? string.Empty : $"&after={after}")}");
        using HttpResponseMessage response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, address), _options.LongPoll + Patience, cancellationToken).ConfigureAwait(false);
        if (response.Headers.Contains(AnnounceHeader))
        {
            // The server did not hear the party for a while, and does not count on it until it announces itself.
            Interrupt();
        }

        if (response.StatusCode == HttpStatusCode.NoContent)
        {
            return null;
        }

        if (IsMissing(response))
        {
            // The message was dropped from a full mailbox before it was sent.
            return null;
        }

        ThrowUnlessSuccess(response);
        string id = response.Headers.TryGetValues(MessageHeader, out IEnumerable<string>? values) ? values.First() : string.Empty;
        long length = response.Content.Headers.ContentLength ?? 0;
        if (length > LongestWanted && id.Length > 0)
        {
            return ReceivedMessage.PassedOver(id, length);
        }

        var message = ReceivedMessage.Begin(id, length, Files);
        bool isWhole = false;
        try
        {
            await TakeAsync(response, message, cancellationToken).ConfigureAwait(false);
            isWhole = message.Received == message.Length || await TryTakeRestAsync(message, cancellationToken).ConfigureAwait(false);
            return isWhole ? message : null;
        }
        finally
        {
            if (!isWhole)
            {
                message.Dispose();
            }
        }
    }

    /// <summary>Tells the server that a message has been handled, and what followed from it is on disk.</summary>
    public async Task AcknowledgeAsync(string id, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Delete, $"{_mailbox}/{id}"), Patience, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.NotFound)
        {
            // A server that has restarted offers the message again, under another name.
            ThrowUnlessSuccess(response);
        }
    }

    /// <summary>Brings the metrics of a training to the server by one attempt, and gives them up where that fails: no round depends on them.</summary>
    public async Task<MetricAnswer> PostMetricsAsync(ReadOnlyMemory<byte> report, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await AttemptAsync(
                () => new HttpRequestMessage(HttpMethod.Post, $"{_party}/metrics") { Content = new ReadOnlyMemoryContent(report) }, PatienceWithMetrics, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? MetricAnswer.Taken
                : IsTransient(response.StatusCode) ? MetricAnswer.Late
                : response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed && !response.IsProblem() ? MetricAnswer.Unknown
                : MetricAnswer.Refused;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it was, the messages of the protocol meet it too where it lasts.
            return MetricAnswer.Late;
        }
    }

    /// <summary>Brings the signed plan of an epoch to the server, which has it on disk where it was taken when the method returns.</summary>
    public async Task<PlanAnswer> PostPlanAsync(ReadOnlyMemory<byte> plan, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, $"{_party}/plan") { Content = new ReadOnlyMemoryContent(plan) }, LimitOf(plan.Length), cancellationToken)
            .ConfigureAwait(false);
        switch (response.StatusCode)
        {
            case HttpStatusCode.Conflict:
                return PlanAnswer.Later;
            case HttpStatusCode.UnprocessableContent:
                return PlanAnswer.Refused;
            default:
                ThrowUnlessSuccess(response);
                return PlanAnswer.Taken;
        }
    }

    /// <summary>Returns the certificate of an epoch, which proves itself, or null where the epoch has not begun.</summary>
    public async Task<byte[]?> TryGetCertificateAsync(int epoch, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, FormattableString.Invariant($"{_party}/certificates/{epoch}")), Patience, cancellationToken).ConfigureAwait(false);
        if (IsMissing(response))
        {
            return null;
        }

        ThrowUnlessSuccess(response);
        long length = response.Content.Headers.ContentLength ?? 0;
        if (length is <= 0 or > LongestCertificate)
        {
            throw Throw.MessageTooLong(length);
        }

        using var certificate = new ReceivedMessage(length);
        await TakeAsync(response, certificate, cancellationToken).ConfigureAwait(false);
        if (certificate.Received < length)
        {
            Interrupt();
            return null;
        }

        return certificate.ToArray();
    }

    public void Dispose() => _http.Dispose();

    private static bool IsTransient(HttpStatusCode status)
        => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    /// <summary>Tells whether FedHe's server lacks what was asked for. An address that the server does not have gives no problem.</summary>
    private static bool IsMissing(HttpResponseMessage response) => response.StatusCode == HttpStatusCode.NotFound && response.IsProblem();

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Returns the length of the chunks of a message: the one of the settings, or the shortest above it of which there are few enough; or null where there is none.</summary>
    private int? ChunkLengthOf(SentBytes message)
    {
        int length = _options.ChunkLength;
        while (length < TransferHead.MaxChunkLength && !TransferHead.IsPossible(message.Length, length))
        {
            length *= 2;
        }

        return TransferHead.IsPossible(message.Length, length) ? length : null;
    }

    /// <summary>Returns the length of a message that one request brings, because it is short or the server takes no chunks.</summary>
    private static int LengthOfOne(SentBytes message) => message.Length <= Array.MaxLength ? (int)message.Length : throw Throw.ServerTakesNoChunks(message.Length);

    private static TimeSpan LimitOf(long length) => Patience + TimeSpan.FromSeconds(length / SlowestRate);

    private static void ThrowUnlessSuccess(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                ? Throw.NotAuthorized((int)response.StatusCode)
                : Throw.RequestRefused((int)response.StatusCode);
        }
    }

    /// <summary>Brings a long message of a client in chunks. Returns null for another message, or where the server is older and knows no transfers.</summary>
    private async Task<HttpResponseMessage?> SendChunkedAsync(SentBytes message, CancellationToken cancellationToken)
        => Identity is not null && message.Length > _options.ChunkLength && ChunkLengthOf(message) is int chunkLength
            ? await new ChunkedMessage(
                $"{_party}/transfers",
                message,
                chunkLength,
                Math.Max(chunkLength, _options.RequestLength),
                Identity,
                (create, length, token) => SendAsync(create, LimitOf(length), token),
                (times, token) => Task.Delay(Min(times * _options.FirstRetry, _options.LastRetry), _time, token)).SendAsync(cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>Goes on with a message whose transfer broke off, or begins with it anew where it comes as a whole. Returns false where the mailbox does not have it any more.</summary>
    private async Task<bool> TryTakeRestAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        while (message.Received < message.Length)
        {
            Interrupt();
            long start = message.Received;
            using HttpResponseMessage rest = await SendAsync(
                () => new HttpRequestMessage(HttpMethod.Get, $"{_mailbox}/{message.Id}") { Headers = { Range = new RangeHeaderValue(start, null) } }, Patience, cancellationToken).ConfigureAwait(false);
            if (rest.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                return false;
            }

            ThrowUnlessSuccess(rest);
            bool isRest = rest.StatusCode == HttpStatusCode.PartialContent
                && rest.Content.Headers.ContentRange is { From: long from, Length: long length } && from == start && length == message.Length;
            bool isWhole = rest.StatusCode == HttpStatusCode.OK && rest.Content.Headers.ContentLength == message.Length;
            if (!isRest && !isWhole)
            {
                // Whatever answers so, it is asked for the message again, and not at once.
                await Task.Delay(_options.FirstRetry, _time, cancellationToken).ConfigureAwait(false);
                return false;
            }

            if (isWhole)
            {
                message.Restart();
            }

            await TakeAsync(rest, message, cancellationToken).ConfigureAwait(false);
            if (message.Received <= start)
            {
                await Task.Delay(_options.LastRetry, _time, cancellationToken).ConfigureAwait(false);
            }
        }

        return true;
    }

    /// <summary>Takes as much of a message as comes.</summary>
    private static async Task TakeAsync(HttpResponseMessage response, ReceivedMessage message, CancellationToken cancellationToken)
    {
        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await message.TakeAsync(stream, LimitOf(message.Length - message.Received), cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> create, TimeSpan limit, CancellationToken cancellationToken)
        => await _pipeline.ExecuteAsync(async token => await AttemptAsync(create, limit, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    private async Task<HttpResponseMessage> AttemptAsync(Func<HttpRequestMessage> create, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        attempt.CancelAfter(limit);
        using HttpRequestMessage request = create();
        if (_token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await _token(cancellationToken).ConfigureAwait(false));
        }

        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, attempt.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException("The server did not answer in time.", fault);
        }
    }
}
