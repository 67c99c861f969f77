using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;

namespace FedHe.Benchmarks.Hosts;

/// <summary>A hosted client is one simulated client, which keeps nothing on a disk, with a connection of its own.</summary>
internal sealed class HostedClient : ILocalTrainer, IDisposable
{
    private const int LongPoll = 25;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly int _number;
    private readonly FederationClient _client;
    private readonly HttpClient _http;
    private readonly string _messages;
    private readonly SemaphoreSlim _processors;

    public HostedClient(HostsFederation federation, int number, ClientKeys keys, Uri server, SemaphoreSlim processors)
    {
        (_number, _processors) = (number, processors);
        _client = new FederationClient(new FederationClientSetup
        {
            Job = federation.Job,
            Identity = federation.Identities[number],
            Keys = keys,
            Trainer = this,
            InitialModel = federation.Initial,
        });
        string thumbprint = federation.ServerCertificate.Thumbprint;
        _http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [federation.Certificates[number]],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 certificate && certificate.Thumbprint == thumbprint,
            },
        })
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _messages = $"{server}fedhe/v1/jobs/{federation.Job.JobId}/parties/{_client.Client}/messages";
    }

    /// <summary>The time from the first byte of the upload to its acknowledgement.</summary>
    public TimeSpan UploadTime { get; private set; }

    /// <summary>When the upload began and ended, as timestamps.</summary>
    public (long From, long To) Upload { get; private set; }

    /// <summary>The length of the upload in bytes.</summary>
    public int UploadLength { get; private set; }

    /// <summary>The bytes of the messages that the client was sent.</summary>
    public long Received { get; private set; }

    /// <summary>The requests that were made again, because a connection did not come about or broke, or the server could not answer at the moment.</summary>
    public int Retries { get; private set; }

    /// <inheritdoc/>
    public long SampleCount => SamplesOf(_number);

    /// <summary>The model that the client ends with.</summary>
    public FederationClient State => _client;

    public static long SamplesOf(int client) => 1 + (client % HostsFederation.MostSamples);

    /// <summary>The value of a client's model after training, in [-1, 1].</summary>
    public static float ValueOf(int client, int index) => (float)Math.Sin((0.01 * index) + client);

    /// <inheritdoc/>
    public Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        float[] values = [.. Enumerable.Range(0, globalModel.Layout.ToArrayLength()).Select(index => ValueOf(_number, index))];
        return Task.FromResult(new LocalTrainingResult(ModelParameters.CreateBuilder(globalModel.Layout).Set<float>("weights", values).Build()));
    }

    /// <summary>Announces the client, and does what the server asks for until the job has ended.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await SendAsync(_client.Announce(), cancellationToken).ConfigureAwait(false);
        string? last = null;
        while (_client.Outcome is null)
        {
            var next = new Uri($"{_messages}/next?wait={LongPoll}{(last is null ? string.Empty : $"&after={last}")}");
            using HttpResponseMessage response = await AskAsync(() => _http.GetAsync(next, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NoContent)
            {
                continue;
            }

            last = response.Headers.GetValues("FedHe-Message").Single();
            byte[] message = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            Received += message.Length;
            foreach (ReadOnlyMemory<byte> answer in await HandleAsync(message, cancellationToken).ConfigureAwait(false))
            {
                await SendAsync(answer, cancellationToken).ConfigureAwait(false);
            }

            using HttpResponseMessage acknowledged = await AskAsync(() => _http.DeleteAsync(new Uri($"{_messages}/{last}"), cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }

    /// <summary>Handles a message when a processor is free: clients of a federation have machines of their own.</summary>
    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> HandleAsync(byte[] message, CancellationToken cancellationToken)
    {
        await _processors.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ClientStep step = await _client.HandleAsync(message, cancellationToken).ConfigureAwait(false);
            return step.Ignored is null && step.Refusal is null or Orchestration.Errors.RefusalReason.None
                ? step.Messages
                : throw new InvalidOperationException($"Client {_client.Client}: {step.Ignored} {step.Refusal}.");
        }
        finally
        {
            _processors.Release();
        }
    }

    /// <summary>
    /// Asks until the server answers, as hosted clients do: when all connect at once, a handshake may take longer than a server waits for it, and a request longer than a server waits for its database.
    /// </summary>
    private async Task<HttpResponseMessage> AskAsync(Func<Task<HttpResponseMessage>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return (await ask().ConfigureAwait(false)).EnsureSuccessStatusCode();
            }
            catch (HttpRequestException fault) when (fault.StatusCode is null or >= HttpStatusCode.InternalServerError)
            {
                Retries++;
                await Task.Delay(Retry, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        long from = Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await AskAsync(() => _http.PostAsync(new Uri(_messages), new ReadOnlyMemoryContent(message), cancellationToken), cancellationToken).ConfigureAwait(false);
        if (MessageInfo.TryRead(message.Span, out MessageInfo? info) && info.Kind == MessageKind.Upload)
        {
            Upload = (from, Stopwatch.GetTimestamp());
            UploadTime = Stopwatch.GetElapsedTime(Upload.From, Upload.To);
            UploadLength = message.Length;
        }
    }
}
