namespace FedHe.Learning.Data;

/// <summary>A dataset format is a file format that FedHe can read.</summary>
public enum DatasetFormat
{
    /// <summary>The format of the IDX files of MNIST and related datasets.</summary>
    Idx,

    /// <summary>The format of CIFAR-10's binary version.</summary>
    Cifar10,

    /// <summary>The format of CIFAR-100's binary version.</summary>
    Cifar100,

    /// <summary>The format of text tables with one sample per line.</summary>
    Csv,
}
