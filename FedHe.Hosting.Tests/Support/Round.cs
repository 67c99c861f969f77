using System.Net;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Hosting.Tests.Support;

/// <summary>
/// The clients of the small job without hosts, who talk to a server by HTTP, message by message, so that a test decides what happens in
/// between.
/// </summary>
internal sealed class Round(SmallFederation federation) : IDisposable
{
    private const int MostAttempts = 20;

    private readonly Dictionary<string, string?> _last = [];

    public Dictionary<string, FederationClient> Clients { get; } = [];

    /// <summary>The uploads that clients have made, by client, in their order.</summary>
    public List<(string Client, ReadOnlyMemory<byte> Upload)> Uploads { get; } = [];

    /// <summary>The kinds of messages beside uploads that are not sent.</summary>
    public ISet<MessageKind> HeldBack { get; } = new HashSet<MessageKind>();

    /// <summary>The messages that were held back, by client, in their order.</summary>
    public List<(string Client, ReadOnlyMemory<byte> Message)> Held { get; } = [];

    /// <summary>Looks at a message that a client has got and not handled.</summary>
    public Action<byte[]>? Got { get; set; }

    private ModelRelease Release => federation.Job.Protection == JobProtection.Direct ? ModelRelease.KeyHoldersOnly : ModelRelease.MayBePublished;

    public async Task JoinAsync()
    {
        foreach (string name in PartyNames.Clients)
        {
            Clients[name] = await federation.CreateClientAsync(name);
            _last[name] = null;
        }
    }

    /// <summary>Announces all clients.</summary>
    public async Task AnnounceAsync(HttpClient http, TestServer server)
    {
        foreach ((string name, FederationClient client) in Clients)
        {
            await SendAsync(http, server, name, client.Announce());
        }
    }

    /// <summary>Handles messages and sends what follows, until a client has made an upload, which is not sent, or nothing is left.</summary>
    /// <returns>Whether a client has made an upload.</returns>
    public async Task<bool> AdvanceToUploadAsync(HttpClient http, TestServer server)
    {
        int before = Uploads.Count;
        bool isAny = true;
        while (isAny)
        {
            isAny = false;
            foreach ((string name, FederationClient client) in Clients)
            {
                while (await http.NextAsync(server.MessagesOf(name), _last[name]) is { } message)
                {
                    isAny = true;
                    _last[name] = message.Id;
                    Got?.Invoke(message.Bytes);
                    ClientStep step = await client.HandleAsync(message.Bytes);
                    foreach (ReadOnlyMemory<byte> answer in step.Messages)
                    {
                        MessageInfo.TryRead(answer.Span, out MessageInfo? info).Should().BeTrue();
                        if (info!.Kind == MessageKind.Upload)
                        {
                            Uploads.Add((name, answer));
                        }
                        else if (HeldBack.Contains(info.Kind))
                        {
                            Held.Add((name, answer));
                        }
                        else
                        {
                            await SendAsync(http, server, name, answer);
                        }
                    }

                    await http.DeleteMessageAsync(server.MessagesOf(name), message.Id);
                    if (Uploads.Count > before)
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    /// <summary>Runs the job to its end, or as far as it goes.</summary>
    public async Task RunToEndAsync(HttpClient http, TestServer server)
    {
        while (await AdvanceToUploadAsync(http, server))
        {
            (string client, ReadOnlyMemory<byte> upload) = Uploads[^1];
            await SendAsync(http, server, client, upload);
        }
    }

    /// <summary>Sends a message that was made before, at once.</summary>
    public static async Task<HttpStatusCode> PostAsync(HttpClient http, TestServer server, (string Client, ReadOnlyMemory<byte> Bytes) message)
    {
        using HttpResponseMessage response = await http.PostAsync(server.MessagesOf(message.Client), message.Bytes);
        return response.StatusCode;
    }

    /// <summary>Sends a message, and sends it again while the server cannot save it.</summary>
    public static async Task SendAsync(HttpClient http, TestServer server, string client, ReadOnlyMemory<byte> message)
    {
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            if (await PostAsync(http, server, (client, message)) != HttpStatusCode.InsufficientStorage)
            {
                return;
            }
        }

        throw new TimeoutException("The server could not save the message.");
    }

    /// <summary>Holds the models of all clients to the average of what all of them trained.</summary>
    public void ShouldHaveEndedWithTheAverage()
    {
        var trainers = PartyNames.Clients.Select(name => new SteadyTrainer(name)).ToList();
        double[] expected = SmallModel.ValuesOf(SmallModel.Initial);
        for (int i = 0; i < SmallJob.Rounds; i++)
        {
            double[][] trained = [.. trainers.Select(trainer => SmallModel.ValuesOf(trainer.Train(SmallModel.Of(expected, steps: 0))))];
            expected = [.. expected.Select((_, at) => trainers.Select((trainer, t) => trainer.SampleCount * trained[t][at]).Sum() / trainers.Sum(trainer => trainer.SampleCount))];
        }

        Clients.Values.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.Release == Release);
        foreach (FederationClient client in Clients.Values)
        {
            double bound = SmallJob.Rounds * client.LatestAverage!.MaxErrorBound;
            SmallModel.ValuesOf(client.GlobalModel).Should().Equal(expected, (value, exact) => Math.Abs(value - exact) <= bound);
        }
    }

    public void Dispose() => Clients.Values.ToList().ForEach(client => client.Dispose());
}
