using FedHe.Orchestration.Client;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Hosting.Tests.Support;

/// <summary>
/// The clients of the small job without hosts, who talk to a server by HTTP, message by message, so that a test decides what happens in
/// between.
/// </summary>
internal sealed class Round(SmallFederation federation) : IDisposable
{
    private readonly Dictionary<string, string?> _last = [];

    public Dictionary<string, FederationClient> Clients { get; } = [];

    /// <summary>The uploads that clients have made, by client, in their order.</summary>
    public List<(string Client, ReadOnlyMemory<byte> Upload)> Uploads { get; } = [];

    /// <summary>Looks at a message that a client has got and not handled.</summary>
    public Action<byte[]>? Got { get; set; }

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
            (await http.PostAsync(server.MessagesOf(name), client.Announce())).EnsureSuccessStatusCode();
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
                        if (MessageInfo.TryRead(answer.Span, out MessageInfo? info) && info.Kind == MessageKind.Upload)
                        {
                            Uploads.Add((name, answer));
                        }
                        else
                        {
                            await http.PostAsync(server.MessagesOf(name), answer);
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
            await http.PostAsync(server.MessagesOf(client), upload);
        }
    }

    public void Dispose() => Clients.Values.ToList().ForEach(client => client.Dispose());
}
