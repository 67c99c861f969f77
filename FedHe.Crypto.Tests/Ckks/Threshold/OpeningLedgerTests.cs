using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Threshold.Keys;
using FedHe.Crypto.Ckks.Threshold.Opening;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Ckks.Threshold;

/// <summary>One answer to a ciphertext, and no more answers than were planned.</summary>
public sealed class OpeningLedgerTests
{
    [Fact]
    public void SecondAnswer_ForAnySet_IsRefused()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, 2));
        using EncryptedVector vector = group.Encrypt([0.5]);
        group.Open(vector, 1, 2).Should().Equal(0.5);

        group.Decryptor(1).Invoking(party => party.Decrypt(vector, new PartySet(1, 2))).Should().Throw<HeMismatchException>().WithMessage("*answered before*");
        group.Decryptor(1).Invoking(party => party.Decrypt(vector, new PartySet(1, 3))).Should().Throw<HeMismatchException>().WithMessage("*answered before*");
        group.Ledger(1).Opened.Should().Be(1);
    }

    [Fact]
    public void Ciphertext_InAnotherVector_IsRefusedWithIt()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2));
        int length = 2 * group.ValuesPerCiphertext;
        using EncryptedVector first = group.Encrypt(new double[length]);
        using EncryptedVector second = group.Encrypt(new double[length]);
        group.Open(first, 1, 2).Should().OnlyContain(value => value == 0);

        // A fresh ciphertext beside one that was answered, and one with another c0.
        using EncryptedVector mixed = Spliced(group, second, first);
        group.Decryptor(1).Invoking(party => party.Decrypt(mixed, new PartySet(1, 2))).Should().Throw<HeMismatchException>();
        group.Ledger(1).Opened.Should().Be(2, "the fresh ciphertext is not recorded either");
        using EncryptedVector doubled = Spliced(group, second, second);
        group.Decryptor(1).Invoking(party => party.Decrypt(doubled, new PartySet(1, 2))).Should().Throw<HeMismatchException>();
        group.Open(second, 1, 2).Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Openings_AreCountedByCiphertextAndEnd()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2, openings: 5));
        using EncryptedVector three = group.Encrypt(new double[3 * group.ValuesPerCiphertext]);
        using EncryptedVector next = group.Encrypt(new double[3 * group.ValuesPerCiphertext]);
        using EncryptedVector two = group.Encrypt(new double[2 * group.ValuesPerCiphertext]);
        group.Open(three, 1, 2).Should().NotBeEmpty();
        (group.Ledger(1).Opened, group.Ledger(1).Remaining).Should().Be((3, 2));

        group.Decryptor(1).Invoking(party => party.Decrypt(next, new PartySet(1, 2)))
            .Should().Throw<HePublicationException>().Which.Remaining.Should().Be(2);
        group.Open(two, 1, 2).Should().NotBeEmpty("a refused vector is not counted");
        using EncryptedVector one = group.Encrypt([0.5]);
        group.Decryptor(1).Invoking(party => party.Decrypt(one, new PartySet(1, 2))).Should().Throw<HePublicationException>();
    }

    [Fact]
    public void Ledger_RestoredFromItsBytes_RemembersEverything()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2, openings: 3));
        using EncryptedVector two = group.Encrypt(new double[2 * group.ValuesPerCiphertext]);
        using EncryptedVector one = group.Encrypt([0.5]);
        using EncryptedVector more = group.Encrypt([0.5]);
        group.Open(two, 1, 2).Should().NotBeEmpty();
        byte[] bytes = group.LedgerBytes(1);
        bytes.Should().HaveCount(48 + 16 + 1 + (2 * 40));
        ThresholdKeyShare share = Imported(group);
        var appended = new MemoryStream();
        group.Context.TryRestoreLedger(share, bytes, written => appended.Write(written.Span), out OpeningLedger? ledger, out _).Should().BeTrue();
        PartialDecryptor decryptor = group.Context.CreatePartialDecryptor(share, ledger!);

        decryptor.Invoking(party => party.Decrypt(two, new PartySet(1, 2))).Should().Throw<HeMismatchException>();
        decryptor.Decrypt(one, new PartySet(1, 2)).Dispose();
        decryptor.Invoking(party => party.Decrypt(more, new PartySet(1, 2))).Should().Throw<HePublicationException>();
        appended.ToArray().Should().HaveCount(40);
        group.Context.TryRestoreLedger(Imported(group), [.. bytes, .. appended.ToArray()], _ => { }, out ledger, out _).Should().BeTrue();
        ledger!.Opened.Should().Be(3);
    }

    [Fact]
    public void Ledger_OfOtherBytes_IsRefused()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, 2, openings: 3));
        using EncryptedVector two = group.Encrypt(new double[2 * group.ValuesPerCiphertext]);
        group.Open(two, 1, 2).Should().NotBeEmpty();
        byte[] bytes = group.LedgerBytes(1);
        ThresholdKeyShare share = Imported(group);

        Reason(bytes[..^1]).Should().Be(FormatError.Truncated);
        Reason(bytes[..60]).Should().Be(FormatError.Truncated);
        Reason([]).Should().NotBe(FormatError.None);
        Reason([.. bytes, .. bytes[^40..]]).Should().Be(FormatError.Inconsistent, "a ciphertext is recorded once");
        Reason([.. bytes, .. new byte[80]]).Should().Be(FormatError.LimitExceeded);
        Reason([.. bytes[..^8], .. BitConverter.GetBytes(0b110UL)]).Should().Be(FormatError.FieldOutOfRange, "party 1 is in its sets");
        Reason([.. bytes[..^8], .. BitConverter.GetBytes(0b111UL)]).Should().Be(FormatError.FieldOutOfRange);
        Reason([.. bytes[..^8], .. BitConverter.GetBytes(0b1001UL)]).Should().Be(FormatError.FieldOutOfRange);
        Reason(group.LedgerBytes(2)).Should().Be(FormatError.Inconsistent);
        using var other = new ThresholdGroup(group.Context);
        Reason(other.LedgerBytes(1)).Should().Be(FormatError.Inconsistent);
        Reason(bytes).Should().Be(FormatError.None);

        FormatError Reason(byte[] source)
        {
            bool isRestored = group.Context.TryRestoreLedger(share, source, _ => { }, out OpeningLedger? ledger, out FormatError reason);
            isRestored.Should().Be(ledger is not null).And.Be(reason == FormatError.None);
            return reason;
        }
    }

    [Fact]
    public void Ledger_OfAShare_IsTheOnlyOne()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2));

        group.Context.Invoking(he => he.BeginLedger(group.Share(1), _ => { })).Should().Throw<InvalidOperationException>();
        group.Context.Invoking(he => he.TryRestoreLedger(group.Share(1), group.LedgerBytes(1), _ => { }, out _, out _))
            .Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Answer_ThatCouldNotBeRecorded_IsNotGivenButCounts()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2));
        ThresholdKeyShare share = Imported(group);
        bool isFull = false;
        OpeningLedger ledger = group.Context.BeginLedger(share, _ =>
        {
            if (isFull)
            {
                throw new IOException("The disk is full.");
            }
        });
        PartialDecryptor decryptor = group.Context.CreatePartialDecryptor(share, ledger);
        using EncryptedVector vector = group.Encrypt([0.5]);
        isFull = true;

        decryptor.Invoking(party => party.Decrypt(vector, new PartySet(1, 2))).Should().Throw<IOException>();
        isFull = false;
        decryptor.Invoking(party => party.Decrypt(vector, new PartySet(1, 2))).Should().Throw<HeMismatchException>();
        ledger.Opened.Should().Be(1);
    }

    [Fact]
    public void Threads_ThatAskAtOnce_GetOneAnswer()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2));
        using EncryptedVector vector = group.Encrypt([0.5]);
        PartialDecryptor decryptor = group.Decryptor(1);
        int answers = 0;
        Parallel.For(0, 16, _ =>
        {
            try
            {
                decryptor.Decrypt(vector, new PartySet(1, 2)).Dispose();
                Interlocked.Increment(ref answers);
            }
            catch (HeMismatchException)
            {
                // Another thread was first.
            }
        });

        answers.Should().Be(1);
    }

    /// <summary>
    /// A machine is resumed twice from one snapshot with nothing fresh at all, and each continuation answers for another vector: with the
    /// same noise, the difference of the answers would be a linear equation for the share.
    /// </summary>
    [Fact]
    public void Noise_OfARepeatedMachine_IsNewForEveryVectorAndSet()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, 2));
        using EncryptedVector left = group.Encrypt([0.5]);
        using EncryptedVector right = group.Encrypt([0.5]);
        Int128[] noise = NoiseOf(left, new PartySet(1, 2));

        NoiseOf(left, new PartySet(1, 2)).Should().Equal(noise, "or the test shows nothing");
        NoiseOf(right, new PartySet(1, 2)).Should().NotEqual(noise);
        NoiseOf(left, new PartySet(1, 3)).Should().NotEqual(noise);

        Int128[] NoiseOf(EncryptedVector vector, PartySet set)
        {
            ThresholdKeyShare share = Imported(group);
            var resumed = new FedHe.Crypto.Ckks.Threshold.ThresholdContext(group.Context.Parameters, new HeContextOptions { MaxDegreeOfParallelism = 1 }, Snapshot.Resume());
            using PartialDecryption answer = resumed.CreatePartialDecryptor(share, resumed.BeginLedger(share, _ => { })).Decrypt(vector, set);
            return FloodingTests.NoiseOf(group, (CkksVector)vector, answer, set);
        }
    }

    private static ThresholdKeyShare Imported(ThresholdGroup group)
    {
        group.Context.TryImportKeyShare(
            ThresholdGroup.BytesOf(group.Share(1).ExportClear), SecretKeyExportPolicy.None, out ThresholdKeyShare? share, out _).Should().BeTrue();
        return share!;
    }

    /// <summary>Makes a vector of the first ciphertext of one vector and the first of another.</summary>
    private static EncryptedVector Spliced(ThresholdGroup group, EncryptedVector first, EncryptedVector second)
    {
        byte[] bytes = ThresholdGroup.BytesOf(first.WriteTo);
        byte[] others = ThresholdGroup.BytesOf(second.WriteTo);
        int perCiphertext = (bytes.Length - (48 + 16 + 4 + 4 + 32)) / 2;
        others.AsSpan(^(2 * perCiphertext)..^perCiphertext).CopyTo(bytes.AsSpan(^perCiphertext));
        return group.Context.Public.Reader.Read(bytes, WireLimits.Default);
    }
}
