using FedHe.Crypto.Errors;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Reading;

namespace FedHe.Learning.Tests.Data;

public sealed class CifarReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_Cifar10File_ReadsPlanesAndLabels()
    {
        LoadedDataset loaded = DatasetReader.Open(_folder.Write("samples.bin", ImageFiles.Cifar10(3, 9)));
        loaded.Format.Should().Be(DatasetFormat.Cifar10);
        loaded.Training.SampleShape.Should().Equal(3, 32, 32);
        loaded.Training.Labels.ToArray().Should().Equal(3, 9);
        loaded.Training.ClassNames.Should().HaveCount(10).And.StartWith("airplane");
        loaded.Training.Features.Values[3071].Should().Be(1);
        loaded.Training.Features.Values[3072].Should().Be(0);
    }

    [Fact]
    public void Open_Cifar100File_ReadsFineLabels()
    {
        LoadedDataset loaded = DatasetReader.Open(_folder.Write("train.bin", ImageFiles.Cifar100(99, 4)));
        loaded.Format.Should().Be(DatasetFormat.Cifar100);
        loaded.Training.ClassCount.Should().Be(100);
        loaded.Training.Labels.ToArray().Should().Equal(99, 4);
    }

    [Fact]
    public void Open_FolderOfBatches_JoinsThemAndKeepsTheTestBatchApart()
    {
        _folder.Write("data_batch_1.bin", ImageFiles.Cifar10(1, 2));
        _folder.WriteCompressed("data_batch_2.bin.gz", ImageFiles.Cifar10(3));
        _folder.Write("test_batch.bin", ImageFiles.Cifar10(4));
        _folder.Write("batches.meta.txt", "airplane\n");

        LoadedDataset loaded = DatasetReader.Open(_folder.Location);
        loaded.Training.Labels.ToArray().Should().Equal(1, 2, 3);
        loaded.Test!.Labels.ToArray().Should().Equal(4);
    }

    [Fact]
    public void Open_MixedVersions_IsRefused()
    {
        _folder.Write("data_batch_1.bin", ImageFiles.Cifar10(1, 2));
        _folder.Write("train.bin", ImageFiles.Cifar100(1));
        Func<LoadedDataset> open = () => DatasetReader.Open(_folder.Location);
        open.Should().Throw<DatasetFormatException>().WithMessage("train.bin:*Cifar100*Cifar10*");
    }

    [Fact]
    public void Open_TruncatedAtEveryLength_IsRefusedUnlessRecordsAreWhole()
    {
        byte[] content = ImageFiles.Cifar10(1, 2);
        for (int length = 0; length < content.Length; length++)
        {
            string path = _folder.Write("samples.bin", content.AsSpan(0, length));

            // One record of CIFAR-10, or what cannot be told from one record of CIFAR-100.
            if (length is 3073 or 3074)
            {
                DatasetReader.Open(path).Training.Count.Should().Be(1);
                continue;
            }

            Assert.Throws<DatasetFormatException>(() => DatasetReader.Open(path));
        }
    }

    [Fact]
    public void Open_LabelBeyondTheClasses_IsRefused()
    {
        Func<LoadedDataset> open = () => DatasetReader.Open(_folder.Write("samples.bin", ImageFiles.Cifar10(1, 10)));
        open.Should().Throw<DatasetFormatException>().WithMessage("*label*");
    }
}
