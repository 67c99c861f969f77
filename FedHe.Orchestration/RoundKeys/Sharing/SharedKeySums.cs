using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>
/// Shared-key sums keep the boxes of an attempt for a committee, whose members add up what is in them. The server opens none.
/// </summary>
/// <param name="job">The job.</param>
/// <param name="protocol">The protocol of the job.</param>
/// <param name="keys">The members' keys of the round, in the order of the members.</param>
internal sealed class SharedKeySums(FederationJob job, RoundKeyProtocol protocol, ImmutableArray<RelayedMemberKey> keys) : IKeySums
{
    private readonly SortedDictionary<ClientId, SealedContribution> _contributions = [];
    private readonly (ClientId Member, Digest Key)[] _keys = [.. keys.Select(key => (key.Member, key.KeyDigest))];
    private readonly int _boxLength = Crypto.Sharing.KeyExchanges.BoxOverhead(job.Committee!.KeyExchange) + protocol.Sharing!.ShareSizeInBytes;

    /// <summary>The members' keys of the round.</summary>
    public ImmutableArray<RelayedMemberKey> Keys => keys;

    public ImmutableArray<ContributionSeal> Seals => [.. _contributions.Values.Select(contribution => contribution.Seal)];

    public PreparedKey Prepare(ProtectedUpdate upload, Contributor contributor, Attempt attempt)
    {
        if (SharedKey.TryRead(upload.WrappedKey) is not SharedKey shared || !HasBoxes(shared))
        {
            return PreparedKey.Refuse(RefusalReason.Malformed);
        }

        Digest boxes = BoxDigests.Of(_keys, [.. shared.Boxes.Select(box => Digest.Compute(box.Span))]);
        var seal = new ContributionSeal(Digest.Compute(upload.Tags.Span), boxes, shared.Signature);
        RefusalReason reason = job.Roster.TryGetKey(contributor.Client, out VerificationKey? key) && seal.Verifies(attempt, contributor, key)
            ? RefusalReason.None
            : RefusalReason.BadSeal;
        return new PreparedKey(reason, [], () => _contributions.Add(
            contributor.Client, new SealedContribution(contributor, seal, [.. shared.Boxes.Select(box => (ReadOnlyMemory<byte>)box.ToArray())])));
    }

    public byte[] Complete() => [];

    /// <summary>Returns the contributions with the boxes of one member, which has a key of the round.</summary>
    public DeliveredBoxes BoxesOf(ClientId member, Attempt attempt)
    {
        int index = Array.FindIndex(_keys, key => key.Member == member);
        return new DeliveredBoxes(
            attempt.Number,
            attempt.ReferenceWeight,
            attempt.Base,
            [.. _keys],
            [.. _contributions.Values.Select(contribution => new DeliveredBox(
                contribution.Contributor,
                contribution.Seal,
                [.. contribution.Boxes.Select(box => Digest.Compute(box.Span))],
                contribution.Boxes[index]))]);
    }

    public void SaveState(int contributors, IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        foreach (SealedContribution contribution in _contributions.Values)
        {
            contribution.Seal.Write(writer);
            foreach (ReadOnlyMemory<byte> box in contribution.Boxes)
            {
                writer.WriteBytes(box.Span);
            }
        }
    }

    public void Restore(ReadOnlyMemory<byte> state, IReadOnlyCollection<Contributor> contributors, Attempt attempt)
    {
        var reader = new WireReader(state.Span);
        foreach (Contributor contributor in contributors)
        {
            ContributionSeal seal = ContributionSeal.Read(ref reader);
            var boxes = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
            while (boxes.Count < _keys.Length && !reader.Failed)
            {
                boxes.Add(reader.ReadBytes(_boxLength).ToArray());
            }

            reader.Require(
                !reader.Failed && seal.Boxes == BoxDigests.Of(_keys, [.. boxes.Select(box => Digest.Compute(box.Span))])
                    && job.Roster.TryGetKey(contributor.Client, out VerificationKey? key) && seal.Verifies(attempt, contributor, key),
                FormatError.Inconsistent);
            _contributions[contributor.Client] = new SealedContribution(contributor, seal, boxes.ToImmutable());
        }

        reader.ExpectEnd();
        if (reader.Failed)
        {
            throw new HeFormatException(reader.Error, "shared round keys");
        }
    }

    public void Dispose()
    {
        // Boxes are ciphertexts; there is nothing to zero.
    }

    private bool HasBoxes(SharedKey shared) => shared.Boxes.Length == _keys.Length && shared.Boxes.All(box => box.Length == _boxLength);

    /// <summary>A contribution with its seal and its boxes.</summary>
    private sealed record SealedContribution(Contributor Contributor, ContributionSeal Seal, ImmutableArray<ReadOnlyMemory<byte>> Boxes);
}
