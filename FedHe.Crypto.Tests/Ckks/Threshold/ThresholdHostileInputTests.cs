using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Threshold;
using FedHe.Crypto.Ckks.Threshold.KeyGeneration;
using FedHe.Crypto.Ckks.Threshold.Keys;
using FedHe.Crypto.Ckks.Threshold.Opening;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;
using FedHe.TestKit.Hostile;

namespace FedHe.Crypto.Tests.Ckks.Threshold;

/// <summary>Hostile bytes of every object are refused, or are objects that write the same bytes again.</summary>
public sealed class ThresholdHostileInputTests
{
    private const int Seed = 2026;

    private delegate bool Reading(ReadOnlySpan<byte> source, ArrayBufferWriter<byte> written);

    public static TheoryData<string> Kinds { get; } = ["parameters", "public key", "message", "contribution", "deal", "share", "answer", "ledger"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bytes_TruncatedLongerOrSpoilt_AreRefusedOrAreTheSameObject(string kind)
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, 2));
        (byte[] original, Reading read) = Subject(group, kind);
        Check(original, "unchanged").Should().BeTrue();
        for (int length = 0; length < original.Length; length += length < 200 ? 1 : 997)
        {
            bool isWholeLedger = kind == "ledger" && (length - 65) % 40 == 0 && length >= 65;
            Check(original.AsSpan(0, length), $"{length} bytes").Should().Be(isWholeLedger);
        }

        Check([.. original, 0], "one byte more").Should().BeFalse();
        Check([.. original, .. original], "twice").Should().BeFalse();
        var hostile = new HostileBytes(Seed);
        for (int i = 0; i < 300; i++)
        {
            Check(hostile.Next(original), $"seed {hostile.Seed}, version {i}");
        }

        foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.BitFlips(original, 110))
        {
            Check(spoilt.Span, "a flipped bit");
        }

        foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.ExtremeFields(original, 110))
        {
            Check(spoilt.Span, "an extreme field");
        }

        bool Check(ReadOnlySpan<byte> source, string what)
        {
            var written = new ArrayBufferWriter<byte>();
            bool isRead = read(source, written);
            if (isRead)
            {
                written.WrittenSpan.SequenceEqual(source).Should().BeTrue($"an accepted object has one encoding ({what})");
            }

            return isRead;
        }
    }

    [Fact]
    public void Residue_OfItsPrime_IsRefusedEverywhere()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, 2));
        foreach (string kind in (string[])["public key", "deal", "share", "answer"])
        {
            (byte[] bytes, Reading read) = Subject(group, kind);
            bytes.AsSpan(^16).Fill(0xff);
            read(bytes, new ArrayBufferWriter<byte>()).Should().BeFalse(kind);
        }
    }

    [Fact]
    public void Answer_OfAStatedLength_AllocatesNoMoreThanItsBytesJustify()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2));
        (byte[] bytes, _) = Subject(group, "answer");
        const int LengthOffset = 48 + 16 + 1 + 8 + 32;
        BitConverter.TryWriteBytes(bytes.AsSpan(LengthOffset), int.MaxValue).Should().BeTrue();

        group.Context.TryReadPartialDecryption(bytes, new WireLimits(int.MaxValue, int.MaxValue), out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.Inconsistent);
        group.Context.TryReadPartialDecryption(bytes, WireLimits.Default, out _, out reason).Should().BeFalse();
        reason.Should().Be(FormatError.LimitExceeded);
    }

    private static (byte[] Bytes, Reading Read) Subject(ThresholdGroup group, string kind)
    {
        ThresholdContext he = group.Context;
        using KeyGenerationParty party = he.BeginKeyGeneration(Digest.Compute("hostile"u8), 1);
        switch (kind)
        {
            case "parameters":
                return (ThresholdGroup.BytesOf(he.Parameters.WriteTo), (source, written) =>
                {
                    try
                    {
                        ThresholdParameters.Read(source).WriteTo(written);
                        return true;
                    }
                    catch (Exception refusal) when (refusal is HeFormatException or HeParameterException)
                    {
                        return false;
                    }
                }
                );

            case "public key":
                return (ThresholdGroup.BytesOf(group.Keys[0].PublicKey.WriteTo), (source, written) =>
                    Wrote(he.TryReadPublicKey(source, out ThresholdPublicKey? key, out FormatError reason), reason, () => key!.WriteTo(written)));

            case "message":
                return (ThresholdGroup.BytesOf(party.CommitToSeed().WriteTo), (source, written) =>
                    Wrote(he.TryReadMessage(source, out KeyGenerationMessage? message, out FormatError reason), reason, () => message!.WriteTo(written)));

            case "contribution":
                int length = KeyGenerationMessage.ContentLength(he.Parameters, he.Ring, KeyGenerationStep.Contribution);
                var contribution = new KeyGenerationMessage(he.Parameters.Id, default, KeyGenerationStep.Contribution, 2, new byte[length]);
                return (ThresholdGroup.BytesOf(contribution.WriteTo), (source, written) =>
                    Wrote(he.TryReadMessage(source, out KeyGenerationMessage? message, out FormatError reason), reason, () => message!.WriteTo(written)));

            case "deal":
                using (var dealer = new ShareDealer(he.Ring, he.Parameters.Threshold, Crypto.Random.RandomSource.System))
                {
                    using DealtShare deal = dealer.Deal(he.Parameters, default, 1, 2, group.Share(1).Polynomial);
                    return (ThresholdGroup.BytesOf(deal.WriteTo), (source, written) =>
                        Wrote(he.TryReadDealtShare(source, out DealtShare? share, out FormatError reason), reason, () => share!.WriteTo(written)));
                }

            case "share":
                return (ThresholdGroup.BytesOf(group.Share(1).ExportClear), (source, written) => Wrote(
                    he.TryImportKeyShare(source, SecretKeyExportPolicy.Clear, out ThresholdKeyShare? share, out FormatError reason),
                    reason,
                    () => share!.ExportClear(written)));

            case "answer":
                using (EncryptedVector vector = group.Encrypt([0.5]))
                {
                    using PartialDecryption answer = group.Answer(1, vector, [.. Enumerable.Range(1, he.Parameters.Threshold)]);
                    return (ThresholdGroup.BytesOf(answer.WriteTo), (source, written) => Wrote(
                        he.TryReadPartialDecryption(source, WireLimits.Default, out PartialDecryption? read, out FormatError reason),
                        reason,
                        () => read!.WriteTo(written)));
                }

            default:
                using (EncryptedVector vector = group.Encrypt(new double[3 * group.ValuesPerCiphertext]))
                {
                    group.Open(vector, 1, 2).Should().NotBeEmpty();
                    he.TryImportKeyShare(
                        ThresholdGroup.BytesOf(group.Share(1).ExportClear), SecretKeyExportPolicy.None, out ThresholdKeyShare? share, out _).Should().BeTrue();
                    return (group.LedgerBytes(1), (source, written) =>
                    {
                        bool isRead = OpeningLedger.TryRestore(he.Parameters, share!, source, _ => { }, out OpeningLedger? ledger, out FormatError reason);
                        written.Write(isRead ? source : []);
                        return Wrote(isRead, reason, () => ledger!.Opened.Should().BeInRange(0, 3));
                    }
                    );
                }
        }
    }

    private static bool Wrote(bool isRead, FormatError reason, Action write)
    {
        isRead.Should().Be(reason == FormatError.None);
        if (isRead)
        {
            write();
        }

        return isRead;
    }
}
