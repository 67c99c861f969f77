using System.Numerics.Tensors;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Layout;

/// <summary>
/// A model parameters builder collects the tensors of a model. It copies the values, so the sources may change
/// afterwards.
/// </summary>
public sealed class ModelParametersBuilder
{
    private readonly ModelLayout _layout;
    private readonly Array?[] _tensors;

    internal ModelParametersBuilder(ModelLayout layout)
    {
        _layout = layout;
        _tensors = new Array?[layout.Tensors.Length];
    }

    /// <summary>Sets a tensor from its elements in row-major order.</summary>
    /// <typeparam name="T">
    /// The .NET type of the elements: float, double, Half, long, int, byte or bool, as the layout says.
    /// </typeparam>
    /// <exception cref="ArgumentException">
    /// There is no such tensor, or it has another element type or number of elements.
    /// </exception>
    public ModelParametersBuilder Set<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        int index = Find<T>(name);
        return SetData(index, values);
    }

    /// <summary>Sets a tensor from a tensor span of the same shape; a scalar may have the shape [1].</summary>
    /// <typeparam name="T">
    /// The .NET type of the elements: float, double, Half, long, int, byte or bool, as the layout says.
    /// </typeparam>
    /// <exception cref="ArgumentException">
    /// There is no such tensor, or it has another element type or shape.
    /// </exception>
    /// <exception cref="TooLongForMemoryException">The tensor has more elements than an array.</exception>
    public ModelParametersBuilder Set<T>(string name, in ReadOnlyTensorSpan<T> tensor)
        where T : unmanaged
    {
        int index = Find<T>(name);
        if (!TensorShape.Matches(_layout.Tensors[index], tensor.Lengths))
        {
            throw Throw.WrongShape(_layout.Tensors[index].Name, nameof(tensor));
        }

        var values = new T[_layout.Tensors[index].ToArrayLength()];
        tensor.FlattenTo(values);
        _tensors[index] = values;
        return this;
    }

    /// <inheritdoc cref="Set{T}(string, in ReadOnlyTensorSpan{T})"/>
    public ModelParametersBuilder Set<T>(string name, Tensor<T> tensor)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Set(name, tensor.AsReadOnlyTensorSpan());
    }

    /// <summary>
    /// Sets a bfloat16 tensor from its bit patterns in row-major order, because .NET 10 has no bfloat16 type.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// There is no such tensor, or it has another element type or number of elements.
    /// </exception>
    public ModelParametersBuilder SetBFloat16Bits(string name, ReadOnlySpan<ushort> bits)
    {
        int index = _layout.IndexOf(name);
        if (_layout.Tensors[index].ElementType != ElementType.BFloat16)
        {
            throw Throw.WrongElementType(_layout.Tensors[index].Name, typeof(ushort), nameof(bits));
        }

        return SetData(index, bits);
    }

    /// <summary>Creates the model from the tensors that were set.</summary>
    /// <exception cref="InvalidOperationException">A tensor was not set.</exception>
    public ModelParameters Build()
    {
        int missing = Array.IndexOf(_tensors, null);
        return missing < 0
            ? new ModelParameters(_layout, [.. _tensors.Select(tensor => tensor!)])
            : throw Throw.TensorNotSet(_layout.Tensors[missing].Name);
    }

    private int Find<T>(string name)
        where T : unmanaged
    {
        int index = _layout.IndexOf(name);
        return _layout.Tensors[index].ElementType.IsHeldBy<T>()
            ? index
            : throw Throw.WrongElementType(_layout.Tensors[index].Name, typeof(T), nameof(T));
    }

    private ModelParametersBuilder SetData<T>(int index, ReadOnlySpan<T> values)
    {
        if (values.Length != _layout.Tensors[index].ElementCount)
        {
            throw Throw.WrongElementCount(_layout.Tensors[index].Name, _layout.Tensors[index].ElementCount, values.Length, nameof(values));
        }

        _tensors[index] = values.ToArray();
        return this;
    }
}
