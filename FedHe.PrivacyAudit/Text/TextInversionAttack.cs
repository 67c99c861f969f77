using FedHe.Learning.Autodiff;
using FedHe.Learning.Models;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Optimization;

namespace FedHe.PrivacyAudit.Text;

/// <summary>A text inversion attack recovers a sequence of tokens, in order, from a language model's gradient.</summary>
/// <remarks>In the spirit of FedML-HE, Figure 10. The tokens come from <see cref="TokenEvidence"/>. Their order comes
/// from gradient matching: every position holds a distribution over the candidates, found by L-BFGS; the likeliest
/// tokens are then improved by changing, swapping and shifting tokens, by the exact distance of the
/// gradients.</remarks>
public sealed class TextInversionAttack
{
    private readonly TextInversionOptions _options;

    /// <summary>Creates the attack with the given settings, or with the default settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    public TextInversionAttack(TextInversionOptions? options = null)
    {
        _options = options ?? new TextInversionOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxIterations, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.MaxRounds, nameof(options));
    }

    /// <summary>Lists the tokens that the attacker considers possible.</summary>
    /// <param name="observed">The observed gradient.</param>
    public IReadOnlyList<int> CandidatesOf(ObservedTextGradient observed)
    {
        var evidence = TokenEvidence.Of(observed);
        return _options.Treatment == MaskTreatment.Zeroed
            ? evidence.Revealed
            : [.. evidence.Revealed.Concat(evidence.Undetermined).Order()];
    }

    /// <summary>Runs the attack once, from one random start.</summary>
    /// <param name="observed">The gradient of a single sequence.</param>
    /// <param name="length">The sequence's number of tokens, at least 2; known to the attacker.</param>
    /// <param name="seed">Draws the start; equal seeds give equal results.</param>
    /// <param name="cancellationToken">Cancels the attack.</param>
    /// <exception cref="OperationCanceledException">The attack was canceled.</exception>
    public RecoveredText Recover(ObservedTextGradient observed, int length, int seed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(observed);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        IReadOnlyList<int> candidates = CandidatesOf(observed);
        if (candidates.Count == 0)
        {
            return new RecoveredText([], double.PositiveInfinity);
        }

        var matching = new Matching(observed, _options.Treatment, candidates, length);
        int[] choice = Relax(matching, candidates.Count, length, seed, cancellationToken);
        (choice, double distance) = Improve(matching, choice, candidates.Count, cancellationToken);
        return new RecoveredText([.. choice.Select(index => candidates[index])], distance);
    }

    /// <summary>Minimizes over distributions and returns the likeliest candidate at every position.</summary>
    private int[] Relax(Matching matching, int candidates, int length, int seed, CancellationToken cancellationToken)
    {
        var random = new SeededRandom(seed);
        double[] start = new double[length * candidates];
        for (int i = 0; i < start.Length; i++)
        {
            start[i] = random.NextGaussian();
        }

        var optimizer = new Lbfgs(matching.Evaluate, start, history: 50);
        for (int step = 0; step < _options.MaxIterations && optimizer.TryStep(); step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        double[] logits = optimizer.Current.Point;
        return [.. Enumerable.Range(0, length).Select(position =>
        {
            double[] row = logits[(position * candidates)..((position + 1) * candidates)];
            return Array.IndexOf(row, row.Max());
        })];
    }

    /// <summary>Takes the best change, swap or shift, again and again, until none reduces the distance.</summary>
    private (int[] Choice, double Distance) Improve(
        Matching matching, int[] choice, int candidates, CancellationToken cancellationToken)
    {
        double distance = matching.DistanceOf(choice);
        for (int round = 0; round < _options.MaxRounds; round++)
        {
            (int[] Choice, double Distance) best = (choice, distance);
            foreach (int[] neighbor in Neighbors(choice, candidates))
            {
                cancellationToken.ThrowIfCancellationRequested();
                double itsDistance = matching.DistanceOf(neighbor);
                best = itsDistance < best.Distance ? (neighbor, itsDistance) : best;
            }

            if (best.Distance >= distance)
            {
                break;
            }

            (choice, distance) = best;
        }

        return (choice, distance);
    }

    private static IEnumerable<int[]> Neighbors(int[] choice, int candidates)
        => Changes(choice, candidates).Concat(Swaps(choice)).Concat(Shifts(choice, candidates));

    private static IEnumerable<int[]> Changes(int[] choice, int candidates)
    {
        for (int position = 0; position < choice.Length; position++)
        {
            for (int candidate = 0; candidate < candidates; candidate++)
            {
                int[] changed = (int[])choice.Clone();
                changed[position] = candidate;
                yield return changed;
            }
        }
    }

    private static IEnumerable<int[]> Swaps(int[] choice)
    {
        for (int left = 0; left < choice.Length; left++)
        {
            for (int right = left + 1; right < choice.Length; right++)
            {
                int[] swapped = (int[])choice.Clone();
                (swapped[left], swapped[right]) = (swapped[right], swapped[left]);
                yield return swapped;
            }
        }
    }

    /// <summary>Lists the texts shifted by one place: a token leaves at one end, and another token enters at the other.</summary>
    /// <remarks>Gradient matching often finds such a shifted text.</remarks>
    private static IEnumerable<int[]> Shifts(int[] choice, int candidates)
    {
        for (int candidate = 0; candidate < candidates; candidate++)
        {
            yield return [candidate, .. choice[..^1]];
            yield return [.. choice[1..], candidate];
        }
    }

    private sealed class Matching
    {
        private readonly TokenModel _model;
        private readonly Variable[] _parameters;
        private readonly MaskedTargets _targets;
        private readonly Variable _candidateRows;
        private readonly IReadOnlyList<int> _candidates;
        private readonly int _length;

        public Matching(ObservedTextGradient observed, MaskTreatment treatment, IReadOnlyList<int> candidates, int length)
        {
            _model = observed.Model;
            _parameters = [.. _model.Parameters.Select(parameter => Variable.Of(parameter.Value))];
            _targets = new MaskedTargets(
                FlatGradient.ShapesOf(_model.Parameters), observed.Values, observed.Encrypted, treatment);
            _candidateRows = Variable.Constant(Tensor.OneHot([.. candidates], _model.Vocabulary));
            _candidates = candidates;
            _length = length;
        }

        public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
        {
            float[] narrow = new float[point.Length];
            for (int i = 0; i < narrow.Length; i++)
            {
                narrow[i] = (float)point[i];
            }

            Variable logits = Variable.Of(new Tensor([_length, _candidates.Count], narrow));
            Variable sequence = Operations.MatMul(Operations.Softmax(logits), _candidateRows);
            Variable loss = TokenModel.LossOf([sequence], _parameters);
            Variable distance = _targets.SquaredDistance(Gradient.Of(loss, _parameters, createGraph: true));
            ReadOnlySpan<float> slope = Gradient.Of(distance, [logits])[0].Value.Values;
            for (int i = 0; i < slope.Length; i++)
            {
                gradient[i] = slope[i];
            }

            return distance.ToScalar();
        }

        public double DistanceOf(int[] choice)
        {
            Variable sequence = _model.OneHot([.. choice.Select(index => _candidates[index])]);
            return _targets.SquaredDistance(Gradient.Of(TokenModel.LossOf([sequence], _parameters), _parameters)).ToScalar();
        }
    }
}
