using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Tensors;
using FedHe.MLBridge.Layout;

namespace FedHe.PrivacyAudit.Attacks;

/// <summary>Masked targets are the tensors of an observed gradient, with the entries that an attack compares.</summary>
internal sealed class MaskedTargets
{
    private readonly Variable[] _targets;
    private readonly Variable?[] _visibility;

    /// <param name="shapes">The shapes of the parameters.</param>
    /// <param name="values">The flat observed gradient, zero where encrypted.</param>
    /// <param name="encrypted">The flags of the encrypted entries.</param>
    /// <param name="treatment">The treatment of encrypted entries.</param>
    public MaskedTargets(
        IReadOnlyList<TensorShape> shapes, ReadOnlySpan<float> values, ReadOnlySpan<bool> encrypted, MaskTreatment treatment)
    {
        _targets = FlatGradient.Split(shapes, values);
        _visibility = new Variable?[_targets.Length];
        if (treatment == MaskTreatment.LeftOut)
        {
            float[] visible = Array.ConvertAll(encrypted.ToArray(), isEncrypted => isEncrypted ? 0f : 1f);
            _visibility = [.. FlatGradient.Split(shapes, visible).Select(part => part.Value.Values.Contains(0f) ? part : null)];
        }
    }

    /// <summary>Computes the squared Euclidean distance to the observed gradient.</summary>
    public Variable SquaredDistance(IReadOnlyList<Variable> guess)
        => Sum(Visible(guess).Zip(_targets, (left, right) => Operations.Sum(Operations.Square(left - right))));

    /// <summary>Computes one minus the cosine of the angle to the observed gradient.</summary>
    public Variable CosineDistance(IReadOnlyList<Variable> guess) => CosineDistance([.. Visible(guess)], _targets);

    /// <summary>Computes the mean of the cosine distances of all tensors that have a visible entry.</summary>
    public Variable TensorwiseCosineDistance(IReadOnlyList<Variable> guess)
    {
        Variable[] distances = [.. Visible(guess)
            .Zip(_targets)
            .Where(pair => pair.Second.Value.Values.ContainsAnyExcept(0f))
            .Select(pair => CosineDistance([pair.First], [pair.Second]))];
        return distances.Length > 0 ? Sum(distances) * (1f / distances.Length) : CosineDistance(guess);
    }

    private static Variable CosineDistance(Variable[] guess, Variable[] targets)
    {
        Variable product = Sum(guess.Zip(targets, (left, right) => Operations.Sum(left * right)));
        Variable square = Sum(guess.Select(part => Operations.Sum(Operations.Square(part))));

        // Far below any gradient worth attacking, and keeps the root differentiable where nothing is visible.
        Variable norm = Operations.Sqrt(Operations.Shift(square, 1e-20f));
        float targetNorm = MathF.Sqrt(targets.Sum(part => Operations.Sum(Operations.Square(part)).ToScalar()));
        return Operations.Shift(product / norm * (-1 / Math.Max(targetNorm, 1e-10f)), 1);
    }

    private IEnumerable<Variable> Visible(IReadOnlyList<Variable> guess)
        => guess.Select((part, i) => _visibility[i] is { } visible ? part * visible : part);

    private static Variable Sum(IEnumerable<Variable> terms) => terms.Aggregate((left, right) => left + right);
}
