using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Random;
using FedHe.Crypto.Sharing;
using FedHe.Crypto.Tests.KeyAdditive;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Sharing;

/// <summary>Round keys of known coefficients, and their shares.</summary>
internal static class RoundKeys
{
    public const int Length = 2048;

    public static readonly Digest Attempt = Digest.Compute("attempt"u8);

    private static readonly KeyAdditiveParameters Parameters = KeyAdditiveAttempt.ContextFor(100, 16).Parameters;

    public static RoundKey Of(int seed) => Of(new DeterministicRandomSource(seed));

    public static RoundKey Of(EncryptionRandomSource random)
        => new KeyAdditiveContext(Parameters, options: null, random).GenerateRoundKey(Attempt);

    public static RoundKey Extreme(bool isNegative) => Of(new ExtremeSource(isNegative));

    public static int[] CoefficientsOf(RoundKey key) => [.. KeyAdditiveAttempt.CoefficientsOf(key).Select(coefficient => (int)coefficient)];

    public static byte[] BytesOf(KeyShare share)
    {
        var bytes = new byte[share.Parameters.ShareSizeInBytes];
        share.CopyTo(bytes);
        return bytes;
    }

    public static ushort[] ElementsOf(KeyShare share) => share.Elements.ToArray();

    /// <summary>The share of each member of the sum of keys, of which each was shared anew.</summary>
    public static KeyShare[] SumsOf(RoundKeySharing sharing, params RoundKey[] keys)
    {
        KeyShareSum[] sums = [.. Enumerable.Range(0, sharing.Parameters.Members).Select(sharing.CreateSum)];
        foreach (RoundKey key in keys)
        {
            foreach (KeyShare share in sharing.Share(key))
            {
                sums[share.Member].Add(share);
                share.Dispose();
            }
        }

        return [.. sums.Select(sum => sum.Complete())];
    }

    /// <summary>All sets of a number of indices, ascending.</summary>
    public static IEnumerable<int[]> SetsOf(int size, int among)
        => Enumerable.Range(0, 1 << among)
            .Where(bits => int.PopCount(bits) == size)
            .Select(bits => (int[])[.. Enumerable.Range(0, among).Where(i => (bits >> i & 1) == 1)]);
}
