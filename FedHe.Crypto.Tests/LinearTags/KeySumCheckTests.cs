using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.Tests.LinearTags;

public sealed class KeySumCheckTests : IDisposable
{
    private const int Bound = 21;
    private const int Contributors = 3;

    private static readonly TagModulus Modulus = TagModulus.Default;

    private readonly TagKey _key = new(TagReference.GroupKey);
    private readonly LinearHasher _hasher = new();
    private readonly int[] _sum = new int[1000];
    private readonly LinearTag _tags;
    private readonly LinearPad _pads;
    private readonly KeySumCheck _check;

    public KeySumCheckTests()
    {
        var random = new System.Random(20261130);
        using KeyPoints points = _key.DeriveKeyPoints([1], Modulus);
        for (int client = 0; client < Contributors; client++)
        {
            sbyte[] key = [.. _sum.Select(_ => (sbyte)random.Next(-Bound, Bound + 1))];
            using PadKey pads = _key.DerivePadKey([(byte)client]);
            LinearPad pad = pads.PadAt(new PadPosition(kind: 5), Modulus);
            _tags = Modulus.Add(_tags, Modulus.Tag(points.Hash(key, Bound, _hasher), pad));
            _pads = client == 0 ? pad : Modulus.Add(_pads, pad);
            for (int i = 0; i < _sum.Length; i++)
            {
                _sum[i] += key[i];
            }
        }

        _check = _key.DeriveKeySumCheck([1], Modulus, _pads);
    }

    public void Dispose()
    {
        _check.Dispose();
        _hasher.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void Verify_HoldsForTheSum_AndForNoOther()
    {
        Verify(_check).Should().BeTrue();
        for (int i = 0; i < _sum.Length; i++)
        {
            int own = _sum[i];
            _sum[i] += own < 0 ? 1 : -1;
            Verify(_check).Should().BeFalse("coefficient {0} is another one", i);
            _sum[i] = own;
        }

        Verify(_check).Should().BeTrue("the sum is what it was, or this test could not fail");
        _check.Verify(_tags, _sum, Bound, Contributors - 1, _hasher).Should().BeFalse("it is the sum of three keys");
        _check.Verify(Modulus.Add(_tags, _tags), _sum, Bound, Contributors, _hasher).Should().BeFalse();
        _sum[0] = (Contributors * Bound) + 1;
        Verify(_check).Should().BeFalse("no three keys have that sum");
    }

    [Fact]
    public void Check_OfOtherPointsOrPads_DoesNotHold()
    {
        using KeySumCheck points = _key.DeriveKeySumCheck([2], Modulus, _pads);
        using KeySumCheck pads = _key.DeriveKeySumCheck([1], Modulus, Modulus.Add(_pads, _pads));

        Verify(points).Should().BeFalse();
        Verify(pads).Should().BeFalse();
        _key.Invoking(key => key.DeriveKeySumCheck([1], TagReference.Wide, _pads)).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Bytes_MakeTheSameCheck_AndAreFourResidues()
    {
        var bytes = new byte[KeySumCheck.SizeInBytes];
        _check.CopyTo(bytes);

        KeySumCheck.TryRead(Modulus, bytes, out KeySumCheck? check).Should().BeTrue();
        using (check)
        {
            Verify(check!).Should().BeTrue();
            check!.Modulus.Should().BeSameAs(Modulus);
        }

        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            byte[] changed = [.. bytes];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            if (KeySumCheck.TryRead(Modulus, changed, out KeySumCheck? other))
            {
                using (other)
                {
                    Verify(other).Should().BeFalse("bit {0} is another one", bit);
                }
            }
        }
    }

    [Fact]
    public void Bytes_OfAnotherLength_OrNotBelowThePrime_AreRefused()
    {
        var bytes = new byte[KeySumCheck.SizeInBytes];
        _check.CopyTo(bytes);
        for (int word = 0; word < bytes.Length; word += sizeof(long))
        {
            foreach (long value in new[] { Modulus.Prime, Modulus.Prime + 1, -1 })
            {
                byte[] changed = [.. bytes];
                BinaryPrimitives.WriteInt64LittleEndian(changed.AsSpan(word), value);
                KeySumCheck.TryRead(Modulus, changed, out KeySumCheck? check).Should().BeFalse();
                check.Should().BeNull();
            }
        }

        KeySumCheck.TryRead(Modulus, bytes.AsSpan(1), out _).Should().BeFalse();
        KeySumCheck.TryRead(Modulus, [.. bytes, 0], out _).Should().BeFalse();
        KeySumCheck.TryRead(Modulus, [], out _).Should().BeFalse();
        _check.Invoking(check => check.CopyTo(new byte[KeySumCheck.SizeInBytes - 1])).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void DisposedCheck_IsNotUsed_AndShowsNothing()
    {
        _check.ToString().Should().Be("Key-sum check");
        _check.Dispose();

        _check.Invoking(check => Verify(check)).Should().Throw<ObjectDisposedException>();
        _check.Invoking(check => check.CopyTo(new byte[KeySumCheck.SizeInBytes])).Should().Throw<ObjectDisposedException>();
    }

    private bool Verify(KeySumCheck check) => check.Verify(_tags, _sum, Bound, Contributors, _hasher);
}
