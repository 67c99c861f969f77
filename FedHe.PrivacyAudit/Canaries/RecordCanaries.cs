using FedHe.Learning.Data;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Canaries;

/// <summary>Record canaries are records that an auditor puts into training data, each by a coin, to find out whether the trained
/// model tells which of them are there.</summary>
public sealed class RecordCanaries
{
    /// <summary>Takes records of the auditor's own making as canaries.</summary>
    /// <param name="records">At least one record, none of which is in the training data.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no record.</exception>
    public RecordCanaries(Dataset records)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentOutOfRangeException.ThrowIfZero(records.Count, nameof(records));
        Records = records;
    }

    /// <summary>The canaries.</summary>
    public Dataset Records { get; }

    /// <summary>Makes canaries of records that are not used for training, each with a class other than its own, drawn evenly.
    /// A model learns a wrong class only from the record itself, which makes its presence easy to see.</summary>
    /// <param name="records">Records of the kind that is trained on, none of which is in the training data.</param>
    /// <param name="seed">The seed of the classes, known to anybody.</param>
    /// <exception cref="ArgumentException">There is no record, or only one class.</exception>
    public static RecordCanaries Mislabeled(Dataset records, int seed)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (records.ClassCount < 2)
        {
            throw Throw.OneClass(nameof(records));
        }

        var random = new SeededRandom(seed);
        int[] labels = records.Labels.ToArray();
        foreach (ref int label in labels.AsSpan())
        {
            label = (label + 1 + random.NextInt32(records.ClassCount - 1)) % records.ClassCount;
        }

        return new RecordCanaries(new Dataset(records.Name, records.Features, labels, records.ClassNames, records.Notes));
    }

    /// <summary>Adds the canaries that take part behind the training data.</summary>
    /// <param name="training">Training data, every record of which takes part.</param>
    /// <param name="coins">One coin for each canary.</param>
    /// <exception cref="ArgumentException">Shapes, classes or counts differ.</exception>
    public Dataset InsertInto(Dataset training, CanaryCoins coins)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(coins);
        Throw.IfLengthDiffers(coins.Count, Records.Count, nameof(coins));
        if (!training.SampleShape.Equals(Records.SampleShape) || training.ClassCount != Records.ClassCount)
        {
            throw Throw.CanariesDoNotFit(training.Name, nameof(training));
        }

        Dataset included = Records.Subset([.. coins.Included]);
        float[] features = [.. training.Features.Values, .. included.Features.Values];
        int[] labels = [.. training.Labels, .. included.Labels];
        return new Dataset(
            training.Name, new Tensor(training.SampleShape.Prepend(labels.Length), features), labels, training.ClassNames, training.Notes);
    }
}
