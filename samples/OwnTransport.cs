// Moves the messages of a federation over a transport of its own: here a queue; yours may be HTTP, a broker or files.
//     dotnet run samples/OwnTransport.cs
#:project ../FedHe.Orchestration

using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Server;

var layout = new ModelLayout(new TensorSpec("value", ElementType.Float64, [1], bound: 8));
ModelParameters initial = ModelParameters.CreateBuilder(layout).Set<double>("value", [0.0]).Build();
using HeContext he = new CkksScheme().CreateContext();
ClientIdentity[] identities = [ClientIdentity.Create(new ClientId("north")), ClientIdentity.Create(new ClientId("south"))];
ClientRoster roster = ClientRoster.Of(identities);
var jobId = Guid.NewGuid();
using var authority = new KeyAuthority(jobId, he, roster, new RosterAuthenticator());
using var serverIdentity = ServerIdentity.Create();
var settings = new FederationSettings { Rounds = 3, ClientsPerRound = 2, Quorum = 2, MinimumContributors = 2 };
var job = new FederationJob(
    jobId,
    authority.Info,
    serverIdentity.VerificationKey,
    roster,
    new AggregationTerms(layout, Weighting.Clear, maxWeight: 100),
    FederationJob.DigestOf(initial),
    settings);

// The transport: bytes to the server, and bytes to one client. All messages are signed; it must be confidential (TLS).
var toServer = new Queue<ReadOnlyMemory<byte>>();
var toClients = new Queue<OutgoingMessage>();
using var server = new FederationServer(new FederationServerSetup { Context = he.Public, Job = job, Identity = serverIdentity });
var clients = new Dictionary<ClientId, FederationClient>();
foreach (ClientIdentity identity in identities)
{
    // Keys travel encrypted from the authority to the client, by any relay.
    using var request = new KeyRequest(job, identity);
    ClientKeys keys = request.Open(he, (await authority.HandleAsync(request.Bytes)).Answer);
    clients[identity.Client] = new FederationClient(new FederationClientSetup
    { Job = job, Identity = identity, Keys = keys, Trainer = new AddOne(), InitialModel = initial });
    toServer.Enqueue(clients[identity.Client].Announce());
}

// The disk: a step's state is saved before its messages leave, so that a restarted server contradicts nothing that it said.
byte[] disk = [];
Deliver(server.Start());
while (toServer.TryDequeue(out ReadOnlyMemory<byte> bytes))
{
    Deliver(server.Handle(bytes));
    while (toClients.TryDequeue(out OutgoingMessage message))
    {
        if (message.Recipient is ClientId recipient)
        {
            ClientStep step = await clients[recipient].HandleAsync(message.Bytes);
            Array.ForEach([.. step.Messages], toServer.Enqueue);
        }
    }
}

void Deliver(ServerStep step)
{
    disk = step.State?.ToArray() ?? disk;
    Array.ForEach([.. step.Messages], toClients.Enqueue);
}

Console.WriteLine(string.Join(", ", clients.Values.Select(client => $"{client.Client}: {client.GlobalModel.Get<double>("value")[0]:F4} ({client.Release})")));
return clients.Values.All(client => Math.Abs(client.GlobalModel.Get<double>("value")[0] - 3) < 0.01) ? 0 : 1;

internal sealed class AddOne : ILocalTrainer
{
    public long SampleCount => 1;

    public Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        => Task.FromResult(new LocalTrainingResult(
            ModelParameters.CreateBuilder(globalModel.Layout).Set<double>("value", [globalModel.Get<double>("value")[0] + 1]).Build()));
}
