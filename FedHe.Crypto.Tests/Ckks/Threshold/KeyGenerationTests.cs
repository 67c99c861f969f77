using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold;
using FedHe.Crypto.Ckks.Threshold.KeyGeneration;
using FedHe.Crypto.Ckks.Threshold.Keys;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;

namespace FedHe.Crypto.Tests.Ckks.Threshold;

/// <summary>The generation of a threshold key, among parties that follow it and others.</summary>
public sealed class KeyGenerationTests
{
    private static readonly Digest Session = Digest.Compute("session"u8);

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public void Parties_ThatFollowTheSteps_HaveOneKeyAndDifferentShares(int count, int threshold)
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(count, threshold));
        using var again = new ThresholdGroup(group.Context);
        byte[] publicKey = ThresholdGroup.BytesOf(group.Keys[0].PublicKey.WriteTo);

        publicKey.Should().HaveCount(group.Keys[0].PublicKey.EncodedLength);
        group.Keys.Should().OnlyContain(keys => ThresholdGroup.BytesOf(keys.PublicKey.WriteTo).SequenceEqual(publicKey));
        group.Keys.Select(keys => keys.Share.KeyId).Distinct().Should().ContainSingle().Which.Should().Be(group.Keys[0].PublicKey.KeyId);
        group.Keys.Select(keys => Digest.Compute(ThresholdGroup.BytesOf(keys.Share.ExportClear))).Distinct().Should().HaveCount(count);
        again.Keys[0].PublicKey.KeyId.Should().NotBe(group.Keys[0].PublicKey.KeyId);
        group.Context.TryReadPublicKey(publicKey, out ThresholdPublicKey? read, out _).Should().BeTrue();
        (read!.KeyId, read.Transcript).Should().Be((group.Keys[0].PublicKey.KeyId, group.Keys[0].PublicKey.Transcript));
    }

    [Fact]
    public void KeyId_HashesTheTranscriptAndTheWholeKey()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2));
        byte[] bytes = ThresholdGroup.BytesOf(group.Keys[0].PublicKey.WriteTo);
        foreach (int index in (int[])[48, 79, 80, 111, 112, bytes.Length - 1])
        {
            byte[] changed = [.. bytes];
            changed[index] ^= 1;
            if (group.Context.TryReadPublicKey(changed, out ThresholdPublicKey? other, out _))
            {
                other.KeyId.Should().NotBe(group.Keys[0].PublicKey.KeyId, $"byte {index} is part of the identity");
            }
        }
    }

    [Fact]
    public void Transcript_OfOtherParametersOrAnotherSession_IsAnother()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2), "one");
        using var other = new ThresholdGroup(group.Context, "two");

        other.Keys[0].PublicKey.Transcript.Should().NotBe(group.Keys[0].PublicKey.Transcript);
        new Transcript(group.Context.Parameters.Id, Session, 2).Hash
            .Should().NotBe(new Transcript(ThresholdGroup.ContextFor(3, 2).Parameters.Id, Session, 2).Hash);
    }

    [Fact]
    public void Messages_ThatAreNotOneOfEachParty_AreRefused()
    {
        using var run = new Run(3, 2);
        KeyGenerationMessage[] messages = run.Commitments;
        using KeyGenerationParty stranger = run.Context.BeginKeyGeneration(Digest.Compute("another session"u8), 3);
        KeyGenerationMessage foreign = stranger.CommitToSeed();
        using KeyGenerationParty twin = run.Context.BeginKeyGeneration(Session, 1);
        KeyGenerationMessage doubled = twin.CommitToSeed();
        KeyGenerationMessage later = run.Parties[1].RevealSeed(messages);
        foreach (KeyGenerationMessage[] wrong in (KeyGenerationMessage[][])
            [
                [], messages[..2], [.. messages, messages[0]], [messages[0], messages[1], messages[1]],
                [messages[0], messages[1], foreign], [doubled, messages[1], messages[2]], [messages[0], later, messages[2]],
            ])
        {
            using var party = new Run(3, 2);
            KeyGenerationMessage[] own = [.. wrong.Select(message => message == messages[0] ? party.Commitments[0] : message)];
            party.Parties[0].Invoking(each => each.RevealSeed(own)).Should().Throw<HeMismatchException>();
            party.Parties[0].Invoking(each => each.RevealSeed(messages)).Should().Throw<InvalidOperationException>("a failed step is the last");
        }
    }

    [Fact]
    public void Seed_OtherThanCommittedTo_IsRefusedByAll()
    {
        using var run = new Run(2, 2);
        KeyGenerationMessage[] reveals = [.. run.Parties.Select(party => party.RevealSeed(run.Commitments))];

        // A party that waits for the part of the other could otherwise choose the common polynomial.
        reveals[1] = new KeyGenerationMessage(run.Context.Parameters.Id, Session, KeyGenerationStep.SeedReveal, 2, new byte[32]);

        run.Parties[0].Invoking(party => party.CommitToContribution(reveals)).Should().Throw<HeMismatchException>().WithMessage("*party 2*");
    }

    [Fact]
    public void Contribution_OfARogueKey_IsRefusedByAll()
    {
        using var run = new Run(2, 2);
        KeyGenerationMessage[] contributions = run.Contributions();

        // A rogue party 2 sends b_2 = -(a*s + e) - b_1, so that only party 2 can decrypt. The test sends b_2 = -b_1: the public key is zero.
        CkksRing ring = run.Context.Ring;
        byte[] rogue = contributions[0].Content.ToArray();
        Span<byte> rest = rogue;
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            var residues = new ulong[ring.Degree];
            PackedPolynomial.TryUnpack(ring, limb, rest, residues).Should().BeTrue();
            ulong modulus = ring.Parameters.Moduli[limb];
            rest = PackedPolynomial.Pack(ring, limb, [.. residues.Select(residue => (modulus - residue) % modulus)], rest);
        }

        contributions[1] = new KeyGenerationMessage(run.Context.Parameters.Id, Session, KeyGenerationStep.Contribution, 2, rogue);

        run.Parties[0].Invoking(party => party.Complete(contributions)).Should().Throw<HeMismatchException>().WithMessage("*party 2*committed*");
    }

    [Fact]
    public void Contribution_CopiedWithItsCommitment_IsRefused()
    {
        using var run = new Run(2, 2, copyCommitment: true);
        KeyGenerationMessage[] contributions = run.Contributions();
        contributions[1] = new KeyGenerationMessage(
            run.Context.Parameters.Id, Session, KeyGenerationStep.Contribution, 2, contributions[0].Content);

        run.Parties[0].Invoking(party => party.Complete(contributions)).Should().Throw<HeMismatchException>().WithMessage("*party 2*");
    }

    [Fact]
    public void Contribution_OfAnotherSession_IsRefused()
    {
        using var run = new Run(2, 2);
        using var other = new Run(2, 2);
        KeyGenerationMessage[] contributions = run.Contributions();
        KeyGenerationMessage[] others = other.Contributions();

        // Session and parameters are the same: only the commitment tells that the message belongs to another generation.
        run.Parties[0].Invoking(party => party.Complete([contributions[0], others[1]])).Should().Throw<HeMismatchException>();
        other.Parties[0].Invoking(party => party.Complete([contributions[0], others[1]])).Should().Throw<HeMismatchException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Contribution_ThatIsNoRandomPolynomial_IsRefused(int residue)
    {
        var ring = ThresholdGroup.ContextFor(2, 2).Ring;
        byte[] content = new byte[PackedPolynomial.LengthOf(ring)];
        Span<byte> rest = content;
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            rest = PackedPolynomial.Pack(ring, limb, [.. Enumerable.Repeat((ulong)residue, ring.Degree)], rest);
        }

        var message = new KeyGenerationMessage(ring.Parameters.Id, Session, KeyGenerationStep.Contribution, 2, content);

        FluentActions.Invoking(() => ContributionSum.Of(ring, default, [message])).Should().Throw<HeMismatchException>().WithMessage("*party 2*");
    }

    [Fact]
    public void Deals_ThatWereNotAnnounced_AreRefused()
    {
        foreach (string fault in (string[])["missing", "doubled", "swapped", "changed", "other"])
        {
            using var run = new Run(3, 2);
            using var other = new Run(3, 2);
            KeyGenerationMessage[] contributions = run.Contributions();
            _ = other.Contributions();
            DealtShare fromSecond = run.Parties[1].Deal(1);
            DealtShare fromThird = run.Parties[2].Deal(1);
            DealtShare changed = run.Parties[2].Deal(1);
            changed.Packed[0] ^= 1;
            DealtShare[] deals = fault switch
            {
                "missing" => [fromSecond],
                "doubled" => [fromSecond, fromSecond],
                "swapped" => [fromSecond, run.Parties[2].Deal(2)],
                "changed" => [fromSecond, changed],
                _ => [fromSecond, other.Parties[2].Deal(1)],
            };

            run.Parties[0].Invoking(party => party.Complete(contributions, deals)).Should().Throw<HeMismatchException>(fault);
            fromThird.ToString().Should().Be("Dealt share");
        }
    }

    [Fact]
    public void Steps_OutOfOrderOrAfterTheEnd_AreRefused()
    {
        using var run = new Run(3, 2);
        run.Parties[0].Invoking(party => party.CommitToSeed()).Should().Throw<InvalidOperationException>();
        run.Parties[0].Invoking(party => party.Complete(run.Commitments)).Should().Throw<InvalidOperationException>();
        run.Parties[0].Invoking(party => party.Deal(2)).Should().Throw<InvalidOperationException>();
        run.Parties[0].Invoking(party => party.Deal(1)).Should().Throw<ArgumentOutOfRangeException>();
        run.Parties[0].Invoking(party => party.Deal(4)).Should().Throw<ArgumentOutOfRangeException>();
        run.Parties[0].Dispose();
        run.Parties[0].Invoking(party => party.RevealSeed(run.Commitments)).Should().Throw<ObjectDisposedException>();
        run.Context.Invoking(he => he.BeginKeyGeneration(Session, 0)).Should().Throw<ArgumentOutOfRangeException>();
        run.Context.Invoking(he => he.BeginKeyGeneration(Session, 4)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Shares_ExportedAndImported_AnswerAsBefore()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, 2));
        byte[] clear = ThresholdGroup.BytesOf(group.Share(2).ExportClear);
        group.Context.TryImportKeyShare(clear, SecretKeyExportPolicy.None, out ThresholdKeyShare? share, out _).Should().BeTrue();
        (share!.Party, share.KeyId).Should().Be((2, group.Share(2).KeyId));
        share.Invoking(own => own.ExportClear(new System.Buffers.ArrayBufferWriter<byte>())).Should().Throw<InvalidOperationException>();

        using EncryptedVector vector = group.Encrypt([0.5]);
        var imported = group.Context.BeginLedger(share, _ => { });
        using var first = group.Answer(1, vector, 1, 2);
        using var second = group.Context.CreatePartialDecryptor(share, imported).Decrypt(vector, new(1, 2));
        var values = new double[1];
        group.Context.Fuse(vector, [first, second], values);
        values.Should().Equal(0.5);

        // The number of the party and the residues are checked.
        foreach (byte party in (byte[])[0, 4, 255])
        {
            clear[64] = party;
            group.Context.TryImportKeyShare(clear, SecretKeyExportPolicy.None, out _, out FormatError reason).Should().BeFalse();
            reason.Should().Be(FormatError.FieldOutOfRange);
        }
    }

    [Fact]
    public void Shares_UnderAPassword_NeedIt()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(2, 2), exportPolicy: SecretKeyExportPolicy.PasswordProtected);
        byte[] sealedShare = ThresholdGroup.BytesOf(destination => group.Share(1).ExportProtected("correct horse battery", destination));

        group.Context.TryImportProtectedKeyShare(sealedShare, "correct horse battery", SecretKeyExportPolicy.None, out ThresholdKeyShare? share, out _)
            .Should().BeTrue();
        share!.Party.Should().Be(1);
        group.Context.TryImportProtectedKeyShare(sealedShare, "correct horse battert", SecretKeyExportPolicy.None, out _, out FormatError reason)
            .Should().BeFalse();
        reason.Should().Be(FormatError.AuthenticationFailed);
    }

    /// <summary>A generation of a key that is halted between steps.</summary>
    private sealed class Run : IDisposable
    {
        private readonly bool _copyCommitment;

        public Run(int parties, int threshold, bool copyCommitment = false)
        {
            _copyCommitment = copyCommitment;
            Context = ThresholdGroup.ContextFor(parties, threshold);
            Parties = [.. Enumerable.Range(1, parties).Select(party => Context.BeginKeyGeneration(Session, party))];
            Commitments = [.. Parties.Select(party => party.CommitToSeed())];
        }

        public ThresholdContext Context { get; }

        public KeyGenerationParty[] Parties { get; }

        public KeyGenerationMessage[] Commitments { get; }

        /// <summary>Goes on to the contributions; the first party believes that the second copied its commitment, if asked for.</summary>
        public KeyGenerationMessage[] Contributions()
        {
            KeyGenerationMessage[] messages = [.. Parties.Select(party => party.RevealSeed(Commitments))];
            messages = [.. Parties.Select(party => party.CommitToContribution(messages))];
            KeyGenerationMessage copied = new(Context.Parameters.Id, Session, KeyGenerationStep.ContributionCommitment, 2, messages[0].Content);
            KeyGenerationMessage[] seenByFirst = _copyCommitment ? [messages[0], copied] : messages;
            return [.. Parties.Select(party => party.RevealContribution(party.Party == 1 ? seenByFirst : messages))];
        }

        public void Dispose() => Array.ForEach(Parties, party => party.Dispose());
    }
}
