namespace FedHe.Learning.Data;

/// <summary>The file formats that can be read.</summary>
public enum DatasetFormat
{
    /// <summary>The IDX files of MNIST and its relatives.</summary>
    Idx,

    /// <summary>CIFAR-10's binary version.</summary>
    Cifar10,

    /// <summary>CIFAR-100's binary version.</summary>
    Cifar100,

    /// <summary>Text with one sample per line.</summary>
    Csv,
}
