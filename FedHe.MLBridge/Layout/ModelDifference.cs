using System.Numerics.Tensors;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Layout;

/// <summary>A model difference is a model minus the model that it was trained from, as a flat model that can be encrypted.</summary>
/// <remarks>
/// Differences are computed in double precision and have no model of their own: both models must stay as they are. A difference that
/// exceeds its tensor's bound is treated as any value outside its bound. Buffers are no part of it.
/// </remarks>
public sealed class ModelDifference : IFlatModel
{
    private const int BlockLength = 1 << 11;

    private readonly IFlatModel _model;
    private readonly IFlatModel _base;

    /// <summary>Creates the difference of two models.</summary>
    /// <param name="model">The model after training.</param>
    /// <param name="baseModel">The model before training.</param>
    /// <exception cref="HeMismatchException">The models have different layouts.</exception>
    public ModelDifference(IFlatModel model, IFlatModel baseModel)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(baseModel);
        if (model.Layout.Digest != baseModel.Layout.Digest)
        {
            throw Throw.LayoutMismatch();
        }

        _model = model;
        _base = baseModel;
    }

    /// <inheritdoc/>
    public ModelLayout Layout => _model.Layout;

    /// <inheritdoc/>
    public void CopyFlatTo(long start, Span<double> destination)
    {
        _model.CopyFlatTo(start, destination);
        using var block = new SecretBuffer(Math.Min(BlockLength, destination.Length));
        while (!destination.IsEmpty)
        {
            Span<double> before = block.Span[..Math.Min(block.Span.Length, destination.Length)];
            _base.CopyFlatTo(start, before);
            TensorPrimitives.Subtract(destination[..before.Length], before, destination[..before.Length]);
            destination = destination[before.Length..];
            start += before.Length;
        }
    }
}
