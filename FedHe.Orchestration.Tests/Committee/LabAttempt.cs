using System.Collections.Immutable;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>An attempt of a lab: the members' keys and the uploads, by the index of the client.</summary>
internal sealed record LabAttempt(Attempt Attempt, ImmutableArray<RelayedMemberKey> Keys, SortedDictionary<int, LabUpload> Uploads)
{
    /// <summary>The same attempt with another upload in the place of a client's.</summary>
    public LabAttempt With(int client, ProtectedUpdate content)
        => this with { Uploads = new(Uploads) { [client] = Uploads[client] with { Content = content } } };
}

/// <summary>An upload of a lab.</summary>
internal sealed record LabUpload(ClientId Client, Upload Message, ProtectedUpdate Content)
{
    public SharedKey Key => SharedKey.TryRead(Content.WrappedKey)!;
}
