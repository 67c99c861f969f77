using System.Security.Cryptography.X509Certificates;
using FedHe.Benchmarks.Hosts;
using FedHe.Hosting.Certificates;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Parties;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedHe.Benchmarks.Uploads;

/// <summary>An uploader is a client that makes up a model in the place of training, and brings its upload to the server as hosted clients do.</summary>
internal sealed class Uploader : ILocalTrainer, IDisposable
{
    private readonly HostsFederation _federation;
    private readonly FederationClient _client;
    private readonly ClientIdentity _identity;
    private readonly FedHePartyOptions _options;
    private readonly int _number;

    public Uploader(HostsFederation federation, int number, ClientKeys keys, int chunkLength)
    {
        (_federation, _number, _identity) = (federation, number, federation.Identities[number]);
        _client = new FederationClient(new FederationClientSetup { Job = federation.Job, Identity = _identity, Keys = keys, Trainer = this, InitialModel = federation.Initial });
        string certificate = Path.Combine(federation.Folder, $"{_identity.Client}.pem");
        File.WriteAllText(certificate, $"{federation.Certificates[number].ExportCertificatePem()}\n{federation.Certificates[number].GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}\n");
        _options = new FedHePartyOptions { Certificate = certificate, ChunkLength = chunkLength, ServerKeys = { CertificatePin.Of(federation.ServerCertificate).ToString() } };
    }

    /// <inheritdoc/>
    public long SampleCount => 1;

    /// <summary>Makes up a model.</summary>
    public Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        // Steps of the golden ratio fill [-1, 1] evenly.
        float[] values = new float[globalModel.Layout.ToArrayLength()];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = unchecked((int)(((uint)i + (uint)_number) * 2_654_435_769u)) / 2_147_483_648f;
        }

        return Task.FromResult(new LocalTrainingResult(ModelParameters.CreateBuilder(globalModel.Layout).Set<float>("weights", values).Build()));
    }

    /// <summary>Connects to the server as the product's parties do.</summary>
    public HttpClient Connect(Uri server) => ServerConnection.Create(OptionsFor(server), TimeProvider.System);

    /// <summary>Announces the client.</summary>
    public async Task AnnounceAsync(Uri server, CancellationToken cancellationToken)
    {
        using ServerLink link = LinkTo(server);
        await link.PostAsync(_client.Announce(), recipient: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the invitation to the round, and makes the upload, which is not sent.</summary>
    public async Task<ReadOnlyMemory<byte>> MakeUploadAsync(Uri server, CancellationToken cancellationToken)
    {
        using ServerLink link = LinkTo(server);
        string? last = null;
        while (true)
        {
            if (await link.ReceiveAsync(last, cancellationToken).ConfigureAwait(false) is not ReceivedMessage received)
            {
                continue;
            }

            last = received.Id;
            ClientStep step = await _client.HandleAsync(received.ToArray(), cancellationToken).ConfigureAwait(false);
            foreach (ReadOnlyMemory<byte> message in step.Messages)
            {
                if (MessageInfo.TryRead(message.Span, out MessageInfo? info) && info.Kind == MessageKind.Upload)
                {
                    return message;
                }
            }
        }
    }

    /// <summary>Brings an upload to the server, in chunks, and returns when the server has folded it in.</summary>
    public async Task SendAsync(Uri server, ReadOnlyMemory<byte> upload, CancellationToken cancellationToken)
    {
        using ServerLink link = LinkTo(server);
        if (!await link.PostAsync(upload, recipient: null, cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidOperationException("The server refused the upload.");
        }
    }

    /// <summary>Asks the server how much of an upload it has on its disk.</summary>
    public async Task<long> AskOffsetAsync(Uri server, ReadOnlyMemory<byte> upload, CancellationToken cancellationToken)
    {
        var head = TransferHead.Sign(upload.Span, _options.ChunkLength, _identity);
        using HttpClient http = Connect(server);
        using var request = new HttpRequestMessage(HttpMethod.Head, $"{OptionsFor(server).Server}/jobs/{_federation.Job.JobId}/parties/{_identity.Client}/transfers/{head.Name}");
        using HttpResponseMessage response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return long.Parse(response.EnsureSuccessStatusCode().Headers.GetValues("Upload-Offset").Single(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private ServerLink LinkTo(Uri server)
        => new(OptionsFor(server), _federation.Job.JobId, _identity.Client.Value, token: null, TimeProvider.System, NullLogger.Instance) { Identity = _identity };

    private FedHePartyOptions OptionsFor(Uri server)
    {
        _options.Server = new Uri(server, "/fedhe/v1");
        return _options;
    }
}
