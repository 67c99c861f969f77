using FedHe.Learning.Tensors;

namespace FedHe.Learning.Data;

/// <summary>A dataset holds labeled samples of one shape.</summary>
public sealed class Dataset
{
    private readonly int[] _labels;

    /// <summary>Combines features and labels into a dataset.</summary>
    /// <param name="name">A short name for reports.</param>
    /// <param name="features">[samples, ...sample shape]; shared, not copied.</param>
    /// <param name="labels">One class index per sample; shared, not copied.</param>
    /// <param name="classNames">One name per class.</param>
    /// <param name="notes">What a reader did to the data that its user should know.</param>
    /// <exception cref="ArgumentException">The counts differ or a label is not a class index.</exception>
    public Dataset(
        string name, Tensor features, int[] labels, IReadOnlyList<string> classNames, IReadOnlyList<string>? notes = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classNames);
        if (features.Shape.Rank < 2 || features.Shape[0] != labels.Length)
        {
            throw new ArgumentException(
                $"Features of the shape {features.Shape} do not match {labels.Length} labels.",
                nameof(features));
        }

        if (labels.AsSpan().ContainsAnyExceptInRange(0, classNames.Count - 1))
        {
            throw new ArgumentException($"Every label must be a class index below {classNames.Count}.", nameof(labels));
        }

        Name = name;
        Features = features;
        _labels = labels;
        ClassNames = classNames;
        Notes = notes ?? [];
        SampleShape = features.Shape.WithoutFirst();
    }

    /// <summary>The short name of the dataset in reports.</summary>
    public string Name { get; }

    /// <summary>The features of all samples, of shape [samples, ...sample shape].</summary>
    public Tensor Features { get; }

    /// <summary>The class indices of the samples, one per sample.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>The names of the classes, one per class.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The notes of the reader on its changes to the data, such as imputed values.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The shape of one sample: [channels, height, width] for images, [columns] for tables.</summary>
    public TensorShape SampleShape { get; }

    /// <summary>The number of samples.</summary>
    public int Count => _labels.Length;

    /// <summary>The number of classes.</summary>
    public int ClassCount => ClassNames.Count;

    /// <summary>Copies the features of some samples into one batch.</summary>
    /// <param name="indices">Sample positions, in the order wanted.</param>
    /// <returns>[indices, ...sample shape].</returns>
    public Tensor GatherFeatures(ReadOnlySpan<int> indices)
    {
        var batch = Tensor.Uninitialized(SampleShape.Prepend(indices.Length));
        int length = SampleShape.ElementCount;
        for (int i = 0; i < indices.Length; i++)
        {
            Features.Values.Slice(indices[i] * length, length).CopyTo(batch.Values[(i * length)..]);
        }

        return batch;
    }

    /// <summary>Copies the labels of some samples.</summary>
    /// <param name="indices">Sample positions, in the order wanted.</param>
    public int[] GatherLabels(ReadOnlySpan<int> indices)
    {
        int[] labels = new int[indices.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = _labels[indices[i]];
        }

        return labels;
    }

    /// <summary>Copies some samples into a new dataset.</summary>
    /// <param name="indices">Sample positions, in the order wanted.</param>
    public Dataset Subset(
        ReadOnlySpan<int> indices) => new(Name, GatherFeatures(indices), GatherLabels(indices), ClassNames, Notes);

    /// <summary>Returns the same samples with further notes.</summary>
    internal Dataset WithNotes(IEnumerable<string> notes) => new(Name, Features, _labels, ClassNames, [.. Notes, .. notes]);
}
