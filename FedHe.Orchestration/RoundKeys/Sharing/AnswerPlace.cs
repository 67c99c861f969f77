using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>An answer place says which member answers for which list: a sealed share opens at its place, and nowhere else.</summary>
/// <param name="Sharing">The parameters of the sharing.</param>
/// <param name="Attempt">The attempt of the list.</param>
/// <param name="List">The digest of the chain up to the list.</param>
/// <param name="Contributors">The number of contributors on the list.</param>
/// <param name="Member">The member.</param>
/// <param name="Index">The index of the member.</param>
/// <param name="Observer">The observer of the job, or null.</param>
internal sealed record AnswerPlace(
    SharingParameters Sharing, Attempt Attempt, Digest List, int Contributors, ClientId Member, int Index, BoxPublicKey? Observer)
{
    /// <summary>Creates the place of a member's answer for a list.</summary>
    /// <param name="job">The job, in the epoch of the list.</param>
    /// <param name="sharing">The parameters of the sharing.</param>
    /// <param name="list">The list.</param>
    /// <param name="chain">The digest of the chain up to the list.</param>
    /// <param name="member">A member of the committee.</param>
    public static AnswerPlace Of(FederationJob job, SharingParameters sharing, ContributorList list, Digest chain, ClientId member)
        => new(
            sharing,
            list.AttemptOf(job),
            chain,
            list.Contributors.Length,
            member,
            job.Committee!.IndexOf(member),
            job.Committee.Observer);

    /// <summary>Writes what the keys of the answer are bound to.</summary>
    public byte[] ToContext()
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("FedHe committee answer v1"u8);
        var writer = new WireWriter(bytes);
        Attempt.WritePlace(writer);
        writer.WriteDigest(List);
        writer.WriteClientId(Member);
        return bytes.WrittenSpan.ToArray();
    }
}
