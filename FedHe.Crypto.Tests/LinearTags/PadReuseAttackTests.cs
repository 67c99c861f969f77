using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.Tests.LinearTags;

/// <summary>
/// Why every encryption has a nonce in the context of its pads: a client that crashes and encrypts anew would otherwise give
/// away the points of all clients, to a server that knows no key.
/// </summary>
public sealed class PadReuseAttackTests : IDisposable
{
    private const int Seed = 1;
    private const int Length = 12;

    private static readonly PadPosition Position = new(kind: 3);
    private static readonly TagModulus Modulus = TagModulus.Default;
    private static readonly ulong P = (ulong)Modulus.Prime;

    private readonly TagKey _key = new(TagReference.GroupKey);
    private readonly SegmentPoints _points;
    private readonly ulong[] _first = TagReference.Values(seed: 1, Length, 1 << 30);
    private readonly ulong[] _second = TagReference.Values(seed: 2, Length, 1 << 30);

    public PadReuseAttackTests()
    {
        _points = _key.DeriveSegmentPoints([2], Modulus);
        _first[^1] = 1;
    }

    public void Dispose()
    {
        _points.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void TwoContentsUnderOnePad_GiveAwayThePoints_AndForgeWhatOthersTag()
        => ForgesAfter(nonceOfFirst: 1, nonceOfSecond: 1).Should().BeTrue("seed {0}", Seed);

    [Fact]
    public void TwoContentsUnderTwoNonces_GiveAwayNothing()
        => ForgesAfter(nonceOfFirst: 1, nonceOfSecond: 2).Should().BeFalse("seed {0}", Seed);

    /// <summary>
    /// The server sees two uploads of client 1 with their tags, and changes an upload of client 2 with all that it learned.
    /// </summary>
    private bool ForgesAfter(byte nonceOfFirst, byte nonceOfSecond)
    {
        LinearTag firstTag = TagOf(_first, client: 1, nonceOfFirst);
        LinearTag secondTag = TagOf(_second, client: 1, nonceOfSecond);
        ResiduePair difference = Modulus.Subtract(firstTag, secondTag).Residues;
        List<ulong> candidates1 = RootsOf(difference.First);
        List<ulong> candidates2 = RootsOf(difference.Second);

        ulong[] victim = TagReference.Values(seed: 3, Length, 1 << 30);
        LinearTag victimTag = TagOf(victim, client: 2, nonce: 9);
        LinearPad victimPad = PadOf(client: 2, nonce: 9);
        foreach (ulong x1 in candidates1)
        {
            foreach (ulong x2 in candidates2)
            {
                // (X - x1)*(X - x2) vanishes at both points.
                ulong[] forged = [.. victim];
                forged[0] = (forged[0] + ModularArithmetic.Multiply(x1, x2, P)) % P;
                forged[1] = (forged[1] + P - ((x1 + x2) % P)) % P;
                forged[2] = (forged[2] + 1) % P;
                if (Modulus.Verify(victimTag, victimPad, TagReference.HashOf(_points, forged)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The point is a root of sum_l (u_l - u'_l)*X^l - (tag - tag'), as one row is a polynomial in x alone.</summary>
    private List<ulong> RootsOf(ulong difference)
    {
        ulong[] polynomial = [.. _first.Zip(_second, (u, other) => (u + P - other) % P)];
        polynomial[0] = (polynomial[0] + P - difference) % P;
        return new PolynomialRoots(P, Seed).Find(polynomial);
    }

    private LinearTag TagOf(ulong[] values, byte client, byte nonce)
        => Modulus.Tag(TagReference.HashOf(_points, values), PadOf(client, nonce));

    private LinearPad PadOf(byte client, byte nonce)
    {
        using PadKey pads = _key.DerivePadKey([client, nonce]);
        return pads.PadAt(Position, Modulus);
    }
}
