using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A key thief has the box keys of as many members as open a sum, and everything that the network carried. It opens sums that nobody answered for.</summary>
internal static class KeyThief
{
    /// <summary>Returns the box keys in the ledgers of as many members as open a sum. The ledgers own them.</summary>
    public static BoxKeyPair?[] KeysOf(CommitteeLab lab) => [.. Enumerable.Range(0, lab.Threshold).Select(member => lab.LedgerOf(member).Key)];

    /// <summary>Opens the boxes of all contributors on a list, and with their keys the sum; null where a box does not open.</summary>
    public static StolenSum? TryOpen(CommitteeLab lab, Opening recorded, BoxKeyPair?[] keys)
    {
        var total = new int[lab.Sharing.Parameters.Length];
        foreach (int contributor in recorded.List.Contributors.Select(one => lab.Bench.IndexOf(one.Client)))
        {
            KeyShare?[] shares = [.. keys.Select((key, member) => key is null ? null : lab.TryOpen(recorded, member, contributor, key))];
            var coefficients = new int[total.Length];
            if (shares.Contains(null) || !lab.Sharing.TryCombine([.. shares.Select(share => share!)], coefficients))
            {
                return null;
            }

            for (int i = 0; i < total.Length; i++)
            {
                total[i] += coefficients[i];
            }
        }

        return Open(lab, recorded, total);
    }

    /// <summary>Opens a sum with the sum of its round keys.</summary>
    public static StolenSum Open(CommitteeLab lab, Opening recorded, int[] keySum)
    {
        var inner = new KeyAdditiveContext(lab.Bench.Parameters);
        using RoundKeySum key = inner.CreateKeySum(recorded.List.AttemptOf(lab.Bench.Job).PublicSeed, recorded.List.Contributors.Length, keySum.AsSpan());
        using EncryptedAggregate aggregate = new AggregateReader(lab.Protocol.Inner, lab.Protocol.Terms).Read(recorded.Aggregate.ToMemory());
        AveragedModel average = new AggregateDecryptor(inner.CreateDecryptor(key), lab.Protocol.Terms).Decrypt(aggregate, lab.Bench.InitialModel);
        return StolenSum.Of(average, recorded.List.Contributors.Sum(one => StolenSum.FactorOf(one, recorded.List)));
    }
}
