using FedHe.Crypto.Errors;
using FedHe.Learning.Models;
using FedHe.MLBridge.Errors;
using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Errors;
using FedHe.PrivacyAudit.Selection;
using FedHe.PrivacyAudit.Text;

namespace FedHe.PrivacyAudit.Tests.Text;

public sealed class TextInversionTests
{
    private static readonly TokenModel Model = new(vocabulary: 24, width: 8, hidden: 12, seed: 1);
    private static readonly int[] Sentence = [3, 17, 5, 3, 11, 8];

    [Fact]
    public void Evidence_OfAnUnencryptedBatch_RevealsExactlyItsTokens()
    {
        int[][] batch = [Sentence, [20, 1, 2], [9, 9, 10, 23]];

        var evidence = TokenEvidence.Of(Observe(batch, new bool[Model.ParameterCount]));

        evidence.Revealed.Should().Equal(batch.SelectMany(tokens => tokens).Distinct().Order());
        evidence.Undetermined.Should().BeEmpty();
        TextScores.OfTokens(batch.SelectMany(tokens => tokens), evidence.Revealed).Should().Be(new TextScores(1, 1, 0));
    }

    [Fact]
    public void Evidence_OfEncryptedRows_IsUndetermined()
    {
        bool[] encrypted = new bool[Model.ParameterCount];
        Array.Fill(encrypted, true, 0, 24 * 8);
        Array.Fill(encrypted, true, Model.ParameterCount - 24, 24);

        var evidence = TokenEvidence.Of(Observe([Sentence], encrypted));

        evidence.Revealed.Should().BeEmpty();
        evidence.Undetermined.Should().HaveCount(24);
        new TextInversionAttack(new TextInversionOptions { Treatment = MaskTreatment.Zeroed })
            .Recover(Observe([Sentence], encrypted), Sentence.Length, seed: 1).Tokens.Should().BeEmpty();
    }

    [Fact]
    public void Attack_OnAnUnencryptedSentence_RecoversItInOrder()
    {
        RecoveredText text = Best(new bool[Model.ParameterCount]);

        text.Tokens.Should().Equal(Sentence);
        TextScores.OfSequence(Sentence, text.Tokens).Should().Be(new TextScores(1, 1, 1));
    }

    [Fact]
    public void Attack_OnAFullyEncryptedSentence_LearnsNothing()
    {
        bool[] all = new bool[Model.ParameterCount];
        Array.Fill(all, true);

        RecoveredText text = new TextInversionAttack(new TextInversionOptions { MaxIterations = 5 })
            .Recover(Observe([Sentence], all), Sentence.Length, seed: 1);

        text.Distance.Should().Be(0, "every text fits what the attacker sees");
        TextScores.OfSequence(Sentence, text.Tokens).InPlace.Should().BeLessThan(0.5);
    }

    [Fact]
    public void Attack_WithEqualSeeds_GivesEqualTexts()
    {
        ObservedTextGradient observed = Observe([Sentence], SelectedPositions.Random(Model.ParameterCount, 0.3, seed: 1));
        var attack = new TextInversionAttack(new TextInversionOptions { MaxIterations = 20, MaxRounds = 1 });

        attack.Recover(observed, 6, seed: 4).Tokens.Should().Equal(attack.Recover(observed, 6, seed: 4).Tokens);
    }

    [Fact]
    public void Scores_OfTokens_CountWhatIsShared()
    {
        TextScores.OfTokens([1, 2, 2, 3], [2, 4]).Should().Be(new TextScores(0.5, 1.0 / 3, 0));
        TextScores.OfSequence([1, 2, 2, 3], [2, 2, 2, 3]).Should().Be(new TextScores(0.75, 0.75, 0.75));
        TextScores.OfTokens([1], []).Should().Be(new TextScores(1, 0, 0));
    }

    [Fact]
    public void Sensitivity_OfSeveralSequences_AveragesMagnitudes()
    {
        int[][] batch = [Sentence, [20, 1, 2]];
        float[] map = Model.SensitivityOf(batch);
        float[][] gradients = [.. batch.Select(sequence => Observe([sequence], new bool[map.Length]).Values.ToArray())];

        map.Should().Equal(gradients[0].Zip(gradients[1], (a, b) => (MathF.Abs(a) / 2) + (MathF.Abs(b) / 2)));
    }

    [Theory]
    [InlineData(new[] { 1 })]
    [InlineData(new[] { 1, 24 })]
    [InlineData(new[] { -1, 1 })]
    public void Gradient_OfNoSequence_IsRefused(int[] tokens)
        => FluentActions.Invoking(() => Observe([tokens], new bool[Model.ParameterCount])).Should().Throw<ArgumentException>();

    private static ObservedTextGradient Observe(int[][] batch, bool[] encrypted) => ObservedTextGradient.Of(Model, batch, encrypted);

    private static RecoveredText Best(bool[] encrypted) => Enumerable.Range(1, 3)
        .Select(seed => new TextInversionAttack(new TextInversionOptions { MaxIterations = 100 })
            .Recover(Observe([Sentence], encrypted), Sentence.Length, seed))
        .MinBy(text => text.Distance)!;
}
