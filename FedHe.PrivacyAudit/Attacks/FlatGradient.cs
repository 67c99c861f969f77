using FedHe.Learning.Autodiff;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;

namespace FedHe.PrivacyAudit;

/// <summary>Gradients of a model's parameters as one flat vector.</summary>
internal static class FlatGradient
{
    /// <summary>The gradient of a batch's mean cross-entropy.</summary>
    public static float[] Of(Model model, Tensor batch, ReadOnlySpan<int> labels)
    {
        Variable[] parameters = model.ParameterVariables();
        Variable loss = Losses.SoftmaxCrossEntropy(model.Forward(Variable.Constant(batch), parameters), labels);
        return Join(Gradient.Of(loss, parameters));
    }

    public static float[] Join(IReadOnlyList<Variable> parts)
    {
        float[] flat = new float[parts.Sum(part => part.Value.Length)];
        int offset = 0;
        foreach (Variable part in parts)
        {
            part.Value.Values.CopyTo(flat.AsSpan(offset));
            offset += part.Value.Length;
        }

        return flat;
    }

    /// <summary>The flat vector as constants of the parameters' shapes.</summary>
    public static Variable[] Split(Model model, ReadOnlySpan<float> flat)
    {
        var parts = new Variable[model.Parameters.Count];
        int offset = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            Tensor parameter = model.Parameters[i].Value;
            parts[i] = Variable.Constant(new Tensor(parameter.Shape, flat.Slice(offset, parameter.Length).ToArray()));
            offset += parameter.Length;
        }

        return parts;
    }
}
