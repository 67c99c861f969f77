using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.MLBridge.Layout;

namespace FedHe.PrivacyAudit.Attacks;

/// <summary>A flat gradient joins the gradients of all parameters of a model in one vector.</summary>
internal static class FlatGradient
{
    /// <summary>Computes the gradient of a batch's mean cross-entropy.</summary>
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

    /// <summary>Copies a gradient with zeros in place of its encrypted entries.</summary>
    public static float[] Hide(ReadOnlySpan<float> gradient, ReadOnlySpan<bool> encrypted)
    {
        float[] visible = gradient.ToArray();
        for (int i = 0; i < visible.Length; i++)
        {
            visible[i] = encrypted[i] ? 0 : visible[i];
        }

        return visible;
    }

    public static TensorShape[] ShapesOf(IReadOnlyList<Parameter> parameters)
        => [.. parameters.Select(parameter => parameter.Value.Shape)];

    /// <summary>Splits a flat vector into constants with the shapes of the parameters.</summary>
    public static Variable[] Split(IReadOnlyList<TensorShape> shapes, ReadOnlySpan<float> flat)
    {
        var parts = new Variable[shapes.Count];
        int offset = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = Variable.Constant(new Tensor(shapes[i], flat.Slice(offset, shapes[i].ElementCount).ToArray()));
            offset += shapes[i].ElementCount;
        }

        return parts;
    }
}
