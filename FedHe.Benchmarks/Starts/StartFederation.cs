using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FedHe.Benchmarks.Rounds;
using FedHe.Benchmarks.Scale;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.KeyAdditive;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;

namespace FedHe.Benchmarks.Starts;

/// <summary>
/// A start federation goes on until the server invites its first client, and writes what that client then has on its disk.
/// </summary>
internal static class StartFederation
{
    private const int ClientsOfAuthority = 3;

    /// <summary>Writes the files of a client that is about to be invited.</summary>
    /// <param name="keys">Who opens the sums: an authority's key, which three clients have, or a committee of all clients.</param>
    /// <param name="parameters">The number of parameters of the model.</param>
    /// <param name="files">Where the files go.</param>
    public static async Task WriteAsync(KeysOption keys, int parameters, StartFiles files)
    {
        int count = keys.Kind == KeysKind.Committee ? keys.Parties : ClientsOfAuthority;
        ModelLayout layout = StartModel.LayoutOf(parameters);
        ModelParameters initial = StartModel.Of(layout, new float[parameters]);
        float[] trained = [.. Enumerable.Range(0, parameters).Select(position => (float)GeneratedValues.Of(client: 0, position))];
        var trainer = new StartModel(StartModel.Of(layout, trained));

        var identities = Enumerable.Range(0, count).Select(client => ClientIdentity.Create(new ClientId($"client-{client:000}"))).ToArray();
        ClientRoster roster = ClientRoster.Of(identities);
        using var serverIdentity = ServerIdentity.Create();
        var terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 1);
        var settings = new FederationSettings { Rounds = 2, ClientsPerRound = count, Quorum = count };
        var jobId = Guid.NewGuid();
        using HeContext? context = keys.Kind == KeysKind.Committee ? null : new CkksScheme().CreateContext();
        using KeyAuthority? authority = context is null ? null : new KeyAuthority(jobId, context, roster, new RosterAuthenticator());
        GroupKeyAuthority? groupAuthority = context is null
            ? new GroupKeyAuthority(jobId, FederationJob.PlanRoundKeys(settings, terms), roster, new RosterAuthenticator())
            : null;
        var job = new FederationJob(
            jobId,
            authority?.Info ?? groupAuthority!.Info,
            serverIdentity.VerificationKey,
            roster,
            terms,
            FederationJob.DigestOf(initial),
            settings,
            committee: context is null ? CommitteeTerms.OfAll(roster) : null);

        byte[] storeKey = RandomNumberGenerator.GetBytes(StartProtector.KeySizeInBytes);
        var protector = new StartProtector(storeKey);
        var clients = new List<FederationClient>();
        foreach (ClientIdentity identity in identities)
        {
            using var request = new KeyRequest(job, identity);
            ClientKeys granted = context is null
                ? request.Open((await groupAuthority!.HandleAsync(request.Bytes).ConfigureAwait(false)).Answer)
                : request.Open(context, (await authority!.HandleAsync(request.Bytes).ConfigureAwait(false)).Answer);
            clients.Add(new FederationClient(new FederationClientSetup
            {
                Job = job,
                Identity = identity,
                Keys = granted,
                Trainer = trainer,
                InitialModel = initial,
                Protector = protector,
            }));
            if (clients.Count == 1)
            {
                Write(files.Keys, bytes => granted.Save(bytes, protector));
            }
        }

        Write(files.Job, job.WriteTo);
        Write(files.Identity, bytes => identities[0].Save(bytes, protector));
        await File.WriteAllBytesAsync(files.StoreKey, storeKey).ConfigureAwait(false);
        await File.WriteAllBytesAsync(files.Trained, MemoryMarshal.AsBytes(trained.AsSpan()).ToArray()).ConfigureAwait(false);
        using var server = new FederationServer(new FederationServerSetup
        {
            Context = context?.Public ?? KeyAdditiveContext.CreatePublic(job.RoundKeyParameters!),
            Job = job,
            Identity = serverIdentity,
        });
        await RunUntilInvitedAsync(server, clients, files).ConfigureAwait(false);
    }

    private static async Task RunUntilInvitedAsync(FederationServer server, List<FederationClient> clients, StartFiles files)
    {
        var toServer = new Queue<ReadOnlyMemory<byte>>(clients.Select(client => client.Announce()));
        var toClients = new Queue<OutgoingMessage>(server.Start().Messages);
        while (toServer.Count + toClients.Count > 0)
        {
            if (!toClients.TryDequeue(out OutgoingMessage message))
            {
                server.Handle(toServer.Dequeue()).Messages.ToList().ForEach(toClients.Enqueue);
                continue;
            }

            foreach (FederationClient client in clients.Where(client => message.Recipient is null || message.Recipient == client.Client))
            {
                if (client == clients[0] && message.Kind == MessageKind.Invitation)
                {
                    Write(files.State, client.SaveState);
                    await File.WriteAllBytesAsync(files.Invitation, message.Bytes.ToArray()).ConfigureAwait(false);
                    return;
                }

                ClientStep step = await client.HandleAsync(message.Bytes).ConfigureAwait(false);
                step.Messages.ToList().ForEach(toServer.Enqueue);
                if (client == clients[0] && step.Ledger is { } ledger)
                {
                    await File.WriteAllBytesAsync(files.Ledger, ledger.ToArray()).ConfigureAwait(false);
                }
            }
        }

        throw new InvalidOperationException("The server invited nobody.");
    }

    private static void Write(string path, Action<IBufferWriter<byte>> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        write(bytes);
        File.WriteAllBytes(path, bytes.WrittenSpan.ToArray());
    }
}
