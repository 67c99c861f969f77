using FedHe.Crypto.Errors;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;
using FedHe.TestKit.Schemes;

namespace FedHe.TestKit.Hostile;

/// <summary>The hostile-input tests check the promises of every parser of a scheme for hostile bytes.</summary>
/// <remarks>
/// A parser refuses or accepts the bytes, throws nothing, and allocates no more than a well-formed object needs; an accepted
/// object is canonical and harmless in every operation.
/// </remarks>
public abstract class HostileInputConformance : IDisposable
{
    /// <summary>
    /// The distance between the lengths at which longer objects are truncated: a prime, so that no field boundary is favored.
    /// </summary>
    private const int SamplingStep = 101;

    private const int EveryLengthUpTo = 10_000;
    private const int FieldsLength = 144;
    private const int RandomInputs = 2_000;

    private readonly SchemeWireObjects _objects;

    /// <summary>Prepares attacks on the objects of a scheme around vectors of the given length.</summary>
    protected HostileInputConformance(SchemeUnderTest subject, int length) => _objects = new SchemeWireObjects(subject, length);

    private IEnumerable<WireObject> All => [.. _objects.Unprotected, _objects.ProtectedSecretKey];

    /// <inheritdoc/>
    public void Dispose()
    {
        _objects.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Objects_Unspoilt_AreAccepted()
    {
        foreach (WireObject target in All)
        {
            target.Refuses(target.Bytes, () => "unspoilt").Should().BeFalse(target.Name);
        }
    }

    [Fact]
    public void Objects_TruncatedAtAnyLength_AreRefused()
    {
        foreach (WireObject target in All)
        {
            int step = target.Bytes.Length <= EveryLengthUpTo ? 1 : SamplingStep;
            foreach (ReadOnlyMemory<byte> prefix in HostileBytes.Truncations(target.Bytes, step))
            {
                Assert.True(target.Refuses(prefix.Span, () => $"truncated to {prefix.Length}"), $"{target} truncated to {prefix.Length}");
            }
        }
    }

    [Fact]
    public void Objects_WithBytesAfterTheirEnd_AreRefused()
    {
        foreach (WireObject target in All)
        {
            target.Refuses([.. target.Bytes, 0], () => "one byte appended").Should().BeTrue();
            target.Refuses([.. target.Bytes, .. target.Bytes], () => "appended to itself").Should().BeTrue();
        }
    }

    [Fact]
    public void Objects_WithAnyBitOfTheHeaderFlipped_AreRefused()
    {
        foreach (WireObject target in All)
        {
            int bit = 0;
            foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.BitFlips(target.Bytes, WireHeader.SizeInBytes))
            {
                target.Refuses(spoilt.Span, () => $"bit {bit} flipped").Should().BeTrue($"bit {bit} of the header of {target} counts");
                bit++;
            }
        }
    }

    [Fact]
    public void Objects_WithAnyBitOfTheirFieldsFlipped_AreRefusedOrHarmless()
    {
        foreach (WireObject target in _objects.Unprotected)
        {
            int bit = 0;
            foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.BitFlips(target.Bytes, FieldsLength))
            {
                target.Refuses(spoilt.Span, () => $"bit {bit} flipped");
                bit++;
            }
        }
    }

    [Fact]
    public void Objects_WithExtremeNumbersInTheirFields_AreRefusedOrHarmless()
    {
        foreach (WireObject target in _objects.Unprotected)
        {
            int index = 0;
            foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.ExtremeFields(target.Bytes, FieldsLength))
            {
                target.Refuses(spoilt.Span, () => $"extreme field {index}");
                index++;
            }
        }
    }

    [Fact]
    public void Objects_SpoiltAtRandom_AreRefusedOrHarmless()
    {
        var hostile = new HostileBytes(seed: 2026);
        foreach (WireObject target in _objects.Unprotected)
        {
            for (int i = 0; i < RandomInputs; i++)
            {
                target.Refuses(hostile.Next(target.Bytes), () => $"seed {hostile.Seed}, input {i}");
            }
        }
    }

    [Fact]
    public void ProtectedSecretKey_SpoiltAnywhereBehindItsHeader_DoesNotAuthenticate()
    {
        // One bit in each field: key identity, salt, nonce, tag and ciphertext. Each costs a password derivation.
        WireObject target = _objects.ProtectedSecretKey;
        foreach (int offset in (int[])[0, 16, 48, 60, 76])
        {
            byte[] spoilt = [.. target.Bytes];
            spoilt[WireHeader.SizeInBytes + offset] ^= 0x10;

            target.Parse(spoilt, exercise: false).Should().Be(FormatError.AuthenticationFailed);
        }
    }
}
