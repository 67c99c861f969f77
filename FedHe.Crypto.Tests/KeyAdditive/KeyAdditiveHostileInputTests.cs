using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.TestKit.Hostile;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>Hostile bytes are refused, or are vectors that do no harm.</summary>
public sealed class KeyAdditiveHostileInputTests
{
    private const int Seed = 2027;

    public static TheoryData<int> Sums { get; } = [1, 3, 100];

    [Theory]
    [MemberData(nameof(Sums))]
    public void Bytes_TruncatedOrLonger_AreRefused(int contributors)
    {
        (KeyAdditiveContext context, byte[] bytes) = Vector(contributors);
        for (int length = 0; length < bytes.Length; length += length < 200 ? 1 : 101)
        {
            IsAccepted(context, bytes.AsSpan(0, length)).Should().BeFalse();
        }

        IsAccepted(context, [.. bytes, 0]).Should().BeFalse();
        IsAccepted(context, [.. bytes, .. bytes]).Should().BeFalse();
    }

    [Theory]
    [MemberData(nameof(Sums))]
    public void Bytes_SpoiltAtRandom_AreRefusedOrHarmless(int contributors)
    {
        (KeyAdditiveContext context, byte[] bytes) = Vector(contributors);
        var hostile = new HostileBytes(Seed);
        for (int i = 0; i < 3000; i++)
        {
            _ = IsAccepted(context, hostile.Next(bytes));
        }

        foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.BitFlips(bytes, 100))
        {
            _ = IsAccepted(context, spoilt.Span);
        }

        foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.ExtremeFields(bytes, 100))
        {
            _ = IsAccepted(context, spoilt.Span);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100)]
    public void Sum_BeyondItsRange_IsRefused(int contributors)
    {
        (KeyAdditiveContext context, byte[] bytes) = Vector(contributors);
        bytes.AsSpan(^8).Fill(0xff);
        context.Public.Reader.TryRead(bytes, WireLimits.Default, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.FieldOutOfRange);
        context.Public.Reader.TryCheck(bytes, WireLimits.Default, out _, out reason).Should().BeFalse();
        reason.Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Check_KeepsNothing_AndTellsTheSame()
    {
        (KeyAdditiveContext context, byte[] bytes) = Vector(3);
        context.Public.Reader.TryCheck(bytes, WireLimits.Default, out EncryptedVector? vector, out _).Should().BeTrue();
        using EncryptedVector read = context.Public.Reader.Read(bytes, WireLimits.Default);
        (vector!.Length, vector.KeyId, vector.Bound, vector.EncodedLength)
            .Should().Be((read.Length, read.KeyId, read.Bound, read.EncodedLength));
        vector.Invoking(own => KeyAdditiveAttempt.BytesOf(own)).Should().Throw<ObjectDisposedException>();
        using IAccumulator sum = context.Public.Evaluator.CreateAccumulator(vector.Length);
        sum.Invoking(own => own.Add(vector)).Should().Throw<ObjectDisposedException>();
    }

    private static (KeyAdditiveContext Context, byte[] Bytes) Vector(int contributors)
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(Math.Max(contributors, 2), 16);
        using var attempt = new KeyAdditiveAttempt(context);
        for (int i = 0; i < contributors; i++)
        {
            attempt.Upload(new double[3000]);
        }

        using EncryptedVector sum = contributors == 1 ? attempt.Send(attempt.Uploads[0]) : attempt.Sum();
        return (context, KeyAdditiveAttempt.BytesOf(sum));
    }

    private static bool IsAccepted(KeyAdditiveContext context, ReadOnlySpan<byte> bytes)
    {
        if (!context.Public.Reader.TryRead(bytes, WireLimits.Default, out EncryptedVector? vector, out _))
        {
            return false;
        }

        using (vector)
        {
            KeyAdditiveAttempt.BytesOf(vector).Should().Equal(bytes.ToArray(), "an accepted vector has one encoding");
            using IAccumulator sum = context.Public.Evaluator.CreateAccumulator(vector.Length);
            try
            {
                sum.Add(vector);
                using EncryptedVector again = sum.Complete();
                ((KeyAdditiveVector)again).Contributors.Should().Be(((KeyAdditiveVector)vector).Contributors);
            }
            catch (HeCapacityException)
            {
                // A sum that claims all planned contributors takes no more.
            }
        }

        return true;
    }
}
