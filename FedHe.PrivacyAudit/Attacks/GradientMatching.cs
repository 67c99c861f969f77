using FedHe.Learning.Autodiff;
using FedHe.Learning.Models;

namespace FedHe.PrivacyAudit.Attacks;

/// <summary>
/// Gradient matching measures the distance between a guessed sample's gradient and the observed one, differentiably in the guess.
/// </summary>
internal sealed class GradientMatching(ObservedGradient observed, MaskTreatment treatment)
{
    private readonly Model _model = observed.Model;
    private readonly Variable[] _parameters = observed.Model.ParameterVariables();
    private readonly MaskedTargets _targets = new(
        FlatGradient.ShapesOf(observed.Model.Parameters), observed.Values, observed.Encrypted, treatment);

    /// <summary>Computes the squared Euclidean distance to the observed gradient.</summary>
    public Variable SquaredDistance(Variable batch, Variable labels) => _targets.SquaredDistance(GradientOf(batch, labels));

    /// <summary>Computes one minus the cosine of the angle to the observed gradient.</summary>
    public Variable CosineDistance(Variable batch, Variable labels) => _targets.CosineDistance(GradientOf(batch, labels));

    /// <summary>Computes the mean over all tensors of each tensor's cosine distance.</summary>
    public Variable TensorwiseCosineDistance(Variable batch, Variable labels)
        => _targets.TensorwiseCosineDistance(GradientOf(batch, labels));

    private Variable[] GradientOf(Variable batch, Variable labels)
    {
        Variable loss = Losses.SoftmaxCrossEntropy(_model.Forward(batch, _parameters), labels);
        return Gradient.Of(loss, _parameters, createGraph: true);
    }
}
