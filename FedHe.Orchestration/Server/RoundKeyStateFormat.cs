using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The round-key state format encodes what a server remembers under round keys only: announced weights, the lists of all
/// rounds, nonces and confirmations.
/// </summary>
internal static class RoundKeyStateFormat
{
    public static void Write(WireWriter writer, ServerState state)
    {
        writer.WriteInt32(state.Weights.Count);
        foreach ((ClientId client, long weight) in state.Weights)
        {
            writer.WriteClientId(client);
            writer.WriteInt64(weight);
        }

        writer.WriteInt32(state.History.Count);
        foreach (ReadOnlyMemory<byte> list in state.History)
        {
            writer.WriteBytesWithLength(list.Span);
        }

        KeyValuePair<Digest, int>[] nonces = [.. state.Nonces.Nonces];
        writer.WriteInt32(nonces.Length);
        foreach ((Digest nonce, int round) in nonces)
        {
            writer.WriteDigest(nonce);
            writer.WriteInt32(round);
        }

        writer.WriteInt32(state.Confirmations.Count);
        foreach ((ClientId client, ReadOnlyMemory<byte> signature) in state.Confirmations)
        {
            writer.WriteClientId(client);
            writer.WriteBytes(signature.Span);
        }

        writer.WriteInt32(state.Objections.Count);
        foreach (ClientId client in state.Objections)
        {
            writer.WriteClientId(client);
        }

        writer.WriteBytesWithLength(state.Previous is null ? default : state.Previous.Bytes.Span);
    }

    /// <summary>Reads the state, and returns the bytes of the aggregate before the latest one.</summary>
    public static ReadOnlyMemory<byte> Read(ref WireReader reader, ReadOnlyMemory<byte> source, FederationJob job, ServerState state)
    {
        int clients = job.Roster.Clients.Count;
        for (int count = reader.ReadInt32(0, clients); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            long weight = reader.ReadInt64(1, job.Terms.MaxWeight);
            reader.Require(job.Roster.TryGetKey(client, out _) && state.Weights.TryAdd(client, weight), FormatError.Inconsistent);
        }

        Digest chain = job.StartDigest;
        for (int count = reader.ReadInt32(0, job.Settings.Rounds); count > 0 && !reader.Failed; count--)
        {
            ReadOnlyMemory<byte> bytes = reader.ReadBytesWithLength(source);
            ContributorList? list = ContributorList.TryRead(bytes);
            reader.Require(list is not null && list.Base == chain, FormatError.Inconsistent);
            chain = list?.Chain ?? default;
            state.History.Add(bytes);
        }

        for (int count = reader.ReadInt32(0, int.MaxValue); count > 0 && !reader.Failed; count--)
        {
            Digest nonce = reader.ReadDigest();
            reader.Require(state.Nonces.TryAdd(nonce, reader.ReadInt32(1, job.Settings.Rounds)), FormatError.Inconsistent);
        }

        for (int count = reader.ReadInt32(0, clients); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            byte[] signature = reader.ReadBytes(VerificationKey.SignatureSizeInBytes).ToArray();
            reader.Require(
                job.Roster.TryGetKey(client, out _) && state.Confirmations.TryAdd(client, signature), FormatError.Inconsistent);
        }

        for (int count = reader.ReadInt32(0, clients); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            reader.Require(
                job.Roster.TryGetKey(client, out _) && !state.Confirmations.ContainsKey(client) && state.Objections.Add(client),
                FormatError.Inconsistent);
        }

        return reader.ReadBytesWithLength(source);
    }
}
