using FedHe.Learning.Autodiff;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;

namespace FedHe.PrivacyAudit;

/// <summary>How far the gradient of a guessed sample is from the observed one, differentiable in the guess.</summary>
internal sealed class GradientMatching
{
    private readonly Model _model;
    private readonly Variable[] _parameters;
    private readonly Variable[] _targets;
    private readonly Variable?[] _visibility;

    public GradientMatching(ObservedGradient observed, MaskTreatment treatment)
    {
        _model = observed.Model;
        _parameters = _model.ParameterVariables();
        _targets = observed.Targets();
        _visibility = treatment == MaskTreatment.LeftOut ? observed.Visibility() : new Variable?[_targets.Length];
    }

    /// <summary>The gradient that a guess would have caused, with a graph; invisible entries are zero.</summary>
    public Variable[] GradientOf(Variable batch, Variable labels)
    {
        Variable loss = Losses.SoftmaxCrossEntropy(_model.Forward(batch, _parameters), labels);
        Variable[] gradients = Gradient.Of(loss, _parameters, createGraph: true);
        for (int i = 0; i < gradients.Length; i++)
        {
            gradients[i] = _visibility[i] is { } visible ? gradients[i] * visible : gradients[i];
        }

        return gradients;
    }

    /// <summary>The squared Euclidean distance to the observed gradient.</summary>
    public Variable SquaredDistance(Variable batch, Variable labels)
        => Sum(GradientOf(batch, labels).Zip(_targets, (guess, target) => Operations.Sum(Operations.Square(guess - target))));

    /// <summary>One minus the cosine of the angle to the observed gradient.</summary>
    public Variable CosineDistance(Variable batch, Variable labels)
    {
        Variable[] guess = GradientOf(batch, labels);
        Variable product = Sum(guess.Zip(_targets, (left, right) => Operations.Sum(left * right)));
        Variable norm = Operations.Sqrt(Sum(guess.Select(part => Operations.Sum(Operations.Square(part)))) + Variable.Constant(1e-20f));
        float targetNorm = MathF.Sqrt(_targets.Sum(part => Operations.Sum(Operations.Square(part)).ToScalar()));
        return Variable.Constant(new Tensor(TensorShape.Scalar, [1f])) - (product / norm * (1 / Math.Max(targetNorm, float.Epsilon)));
    }

    private static Variable Sum(IEnumerable<Variable> terms) => terms.Aggregate((left, right) => left + right);
}
