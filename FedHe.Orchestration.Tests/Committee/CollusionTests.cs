using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// The server, as many members as may be corrupt, and all clients but two put everything together that they have: they learn the sum of
/// the two honest round keys, and every split of the sum fits what they have.
/// </summary>
public sealed class CollusionTests
{
    private const int FirstHonest = 5;
    private const int SecondHonest = 6;

    [Fact]
    public async Task ColludersShares_FitEveryKeyOfAnHonestClient_AndOnlyTheSumIsDetermined()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = 7 });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            int corrupt = lab.Bench.Committee.Corrupt;
            int threshold = lab.Threshold;
            ushort[][] first = SharesOf(lab, opening, FirstHonest);
            ushort[][] second = SharesOf(lab, opening, SecondHonest);
            int[] firstKey = Combine(lab, first[..threshold], contributors: 1);
            int[] secondKey = Combine(lab, second[..threshold], contributors: 1);
            ushort[][] answers = OpenAnswers(lab, opening, await lab.AnswersAsync(opening));

            // What is determined: all answers less all colluders' keys, which the colluders know, are the sum of the two honest keys.
            int[] total = Combine(lab, answers[..threshold], contributors: 7);
            int[] colluders = new int[total.Length];
            foreach (int colluder in lab.All[..FirstHonest])
            {
                Accumulate(colluders, Combine(lab, SharesOf(lab, opening, colluder)[..threshold], contributors: 1));
            }

            for (int i = 0; i < total.Length; i++)
            {
                (total[i] - colluders[i]).Should().Be(firstKey[i] + secondKey[i]);
            }

            // What is not: with the polynomials of the honest clients moved against each other by one that is zero at all corrupt members,
            // the colluders have the same shares and the same answers, and the keys are others that honest clients can have.
            ushort[] factors = [.. Enumerable.Range(0, lab.Bench.Committee.Members.Length).Select(member => SharingField.Unit(member, Enumerable.Range(0, corrupt)))];
            int[] change = [.. firstKey.Zip(secondKey, (a, b) => a < 21 && b > -21 ? 1 : -1)];
            ushort[][] otherFirst = Moved(first, factors, change, sign: 1);
            ushort[][] otherSecond = Moved(second, factors, change, sign: -1);
            for (int member = 0; member < factors.Length; member++)
            {
                otherFirst[member].SequenceEqual(first[member]).Should().Be(member < corrupt);
                otherSecond[member].SequenceEqual(second[member]).Should().Be(member < corrupt);
                Sum(otherFirst[member], otherSecond[member]).Should().Equal(Sum(first[member], second[member]), "the answers are the same");
            }

            int[] otherFirstKey = Combine(lab, otherFirst[..threshold], contributors: 1);
            int[] otherSecondKey = Combine(lab, otherSecond[..threshold], contributors: 1);
            otherFirstKey.Should().Equal(Combine(lab, otherFirst[^threshold..], contributors: 1, firstMember: factors.Length - threshold));
            for (int i = 0; i < change.Length; i++)
            {
                (otherFirstKey[i], otherSecondKey[i]).Should().Be((firstKey[i] + change[i], secondKey[i] - change[i]));
            }
        }
    }

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    public async Task SumOfAllColludersAndOneHonestClient_IsThatClientsModel_SoMembersAskForOneMore(int minimumContributors)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(
            new CommitteeOptions { Clients = 7, MinimumContributors = minimumContributors });
        using (lab)
        {
            int[] colluders = lab.All[..FirstHonest];
            Opening one = lab.Sum(attempt, [.. colluders, FirstHonest]);
            bool hasGuard = minimumContributors > colluders.Length + 1;
            if (hasGuard)
            {
                await lab.OpenAsync(one, SecondHonest);
                (await lab.OfferAsync(SecondHonest, one.List)).Ignored.Should().Be(IgnoredReason.TooFewContributors);
            }

            Opening opened = hasGuard ? lab.Sum(attempt) : one;
            StolenSum left = StolenSum.TryOpen(lab, opened, await lab.AnswersAsync(opened), out IgnoredReason? reason)!;
            reason.Should().BeNull();
            foreach (int colluder in colluders)
            {
                left = left.Less(ResultOf(lab, colluder), FactorOf(opened, colluder));
            }

            left.Is(ResultOf(lab, FirstHonest), FactorOf(opened, FirstHonest)).Should().Be(!hasGuard, "with the guard two honest models are left, added up");
            (left.Less(ResultOf(lab, SecondHonest), FactorOf(lab.Sum(attempt), SecondHonest)).Is(ResultOf(lab, FirstHonest), FactorOf(opened, FirstHonest))).Should().Be(hasGuard);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    public async Task OneShareLessThanNeeded_FitsEveryKey(int members)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = members });
        using (lab)
        {
            ushort[][] shares = SharesOf(lab, lab.Sum(attempt), contributor: 1)[..lab.Threshold];
            int[] key = Combine(lab, shares, contributors: 1);
            foreach (int candidate in new[] { -21, 0, 21 })
            {
                // A polynomial through the other shares whose value at 0 is the candidate: there is exactly one, whatever the candidate.
                int last = lab.Threshold - 1;
                ushort unit = SharingField.Unit(last, Enumerable.Range(0, last));
                ushort[] moved = [.. shares[last].Select((element, i) => SharingField.Add(element, SharingField.Multiply(candidate - key[i], unit)))];

                int[] opened = Combine(lab, [.. shares[..last], moved], contributors: 1);

                opened.Should().OnlyContain(coefficient => coefficient == candidate);
            }
        }
    }

    [Fact]
    public async Task SharesOfAnHonestKey_AreUniform()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            ushort[][] shares = SharesOf(lab, lab.Sum(attempt), contributor: 1);
            foreach (ushort[] share in shares)
            {
                // The top four bits of 2048 or more elements, in 16 cells; 80 is beyond one in 10^10 with 15 degrees of freedom.
                double expected = share.Length / 16.0;
                double chiSquare = share.GroupBy(element => element >> 12).Sum(cell => Math.Pow(cell.Count() - expected, 2) / expected);
                chiSquare.Should().BeLessThan(80);
            }

            // Keys are tiny, so a share that is no blend of randomness would be seen at once.
            Combine(lab, shares[..lab.Threshold], contributors: 1).Should().OnlyContain(coefficient => Math.Abs(coefficient) <= 21);
        }
    }

    [Fact]
    public async Task Answers_AreSealedAgainstTheServer()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            using CommitteeLab other = await CommitteeLab.CreateAsync();

            // The server has the answers, and no group key: another one opens none.
            for (int member = 0; member < answers.Length; member++)
            {
                AnswerCipher.TryOpen(answers[member].Sealed.Span, lab.PlaceOf(opening.List, member), other.Bench.Keys[0]).Should().BeNull();
            }

            OpenAnswers(lab, opening, answers).Should().HaveCount(5);
        }
    }

    private static ModelParameters ResultOf(CommitteeLab lab, int client) => lab.Bench.Trainers[client].Results[0].Result.Parameters;

    private static double FactorOf(Opening opening, int client) => StolenSum.FactorOf(opening.List.Contributors[client], opening.List);

    /// <summary>The shares of a contributor's key that all members get, by the keys of all members.</summary>
    private static ushort[][] SharesOf(CommitteeLab lab, Opening opening, int contributor)
        => [.. lab.All.Select(member =>
        {
            using MemberLedger ledger = lab.LedgerOf(member);
            using KeyShare share = lab.TryOpen(opening, member, contributor, ledger.Key!)!;
            return SharingField.ElementsOf(share);
        })];

    private static ushort[][] OpenAnswers(CommitteeLab lab, Opening opening, RelayedAnswer[] answers)
        => [.. answers.Select((answer, member) =>
        {
            using KeyShare share = AnswerCipher.TryOpen(answer.Sealed.Span, lab.PlaceOf(opening.List, member), lab.Bench.Keys[0])!;
            return SharingField.ElementsOf(share);
        })];

    /// <summary>Combines as many shares as needed, of members that follow each other.</summary>
    private static int[] Combine(CommitteeLab lab, ushort[][] shares, int contributors, int firstMember = 0)
    {
        KeyShare[] read = [.. shares.Select((elements, i) =>
        {
            KeyShare.TryRead(lab.Sharing.Parameters, firstMember + i, contributors, SharingField.BytesOf(elements), out KeyShare? share).Should().BeTrue();
            return share!;
        })];
        var coefficients = new int[lab.Sharing.Parameters.Length];
        lab.Sharing.TryCombine(read, coefficients).Should().BeTrue();
        Array.ForEach(read, share => share.Dispose());
        return coefficients;
    }

    private static ushort[][] Moved(ushort[][] shares, ushort[] factors, int[] change, int sign)
        => [.. shares.Select((share, member) => (ushort[])[.. share.Select((element, i) => SharingField.Add(element, SharingField.Multiply(sign * change[i], factors[member])))])];

    private static ushort[] Sum(ushort[] first, ushort[] second) => [.. first.Zip(second, (a, b) => SharingField.Add(a, b))];

    private static void Accumulate(int[] sums, int[] terms)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += terms[i];
        }
    }
}
