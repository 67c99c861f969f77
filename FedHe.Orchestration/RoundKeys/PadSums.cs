using FedHe.Crypto.LinearTags;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>Pad sums are the sums of the pads of all contributions on a list, which the sums of their tags are verified with.</summary>
internal static class PadSums
{
    /// <summary>Adds up the pads of all tags, in the order in which tags travel.</summary>
    /// <param name="key">The clients' common key of tags.</param>
    /// <param name="attempt">The attempt of the list.</param>
    /// <param name="list">The list of contributors.</param>
    /// <param name="protocol">The protocol of the job.</param>
    public static LinearPad[] Of(TagKey key, Attempt attempt, ContributorList list, RoundKeyProtocol protocol)
        => Of(key, attempt, list, protocol, first: 0);

    /// <summary>Derives the check of the sum of round keys on a list, which holds for no other list.</summary>
    /// <param name="key">The clients' common key of tags.</param>
    /// <param name="attempt">The attempt of the list.</param>
    /// <param name="list">The list of contributors.</param>
    /// <param name="protocol">The protocol of the job.</param>
    public static KeySumCheck CheckOfKeys(TagKey key, Attempt attempt, ContributorList list, RoundKeyProtocol protocol)
    {
        // The tag of the round key is the last one.
        LinearPad pads = Of(key, attempt, list, protocol, protocol.Lengths.TagCount - 1)[^1];
        return key.DeriveKeySumCheck(attempt.PointContext(TagKind.Key, segment: 0), TagModulus.Default, pads);
    }

    private static LinearPad[] Of(TagKey key, Attempt attempt, ContributorList list, RoundKeyProtocol protocol, int first)
    {
        LinearPad[]? sums = null;
        foreach (Contributor contributor in list.Contributors)
        {
            using var pads = new ContributorPads(key, attempt, contributor, protocol);
            var own = new LinearPad[protocol.Lengths.TagCount - first];
            for (int i = 0; i < own.Length; i++)
            {
                own[i] = pads.PadAt(first + i);
                if (sums is not null)
                {
                    own[i] = protocol.TagAt(first + i).Modulus.Add(sums[i], own[i]);
                }
            }

            sums = own;
        }

        return sums!;
    }
}
