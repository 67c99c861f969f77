using FedHe.Crypto.Errors;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Reading;

namespace FedHe.Learning.Tests.Data;

public sealed class IdxReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("train-images-idx3-ubyte", "train-labels-idx1-ubyte", false)]
    [InlineData("train-images.idx3-ubyte", "train-labels.idx1-ubyte", false)]
    [InlineData("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", true)]
    [InlineData("t10k-images-idx3-ubyte.gz", "t10k-labels.idx1-ubyte.gz", true)]
    [InlineData("emnist-letters-train-images-idx3-ubyte", "emnist-letters-train-labels-idx1-ubyte", false)]
    [InlineData("images.idx", "labels.idx", false)]
    [InlineData("Images.gz", "Labels.gz", true)]
    public void Open_FolderWithOnePair_ReadsIt(string images, string labels, bool compressed)
    {
        Write(images, ImageFiles.IdxImages(2), compressed);
        Write(labels, ImageFiles.IdxLabels(1, 4), compressed);

        LoadedDataset loaded = DatasetReader.Open(_folder.Location);
        loaded.Format.Should().Be(DatasetFormat.Idx);
        loaded.Test.Should().BeNull();
        loaded.Training.SampleShape.Should().Equal(1, 2, 3);
        loaded.Training.Labels.ToArray().Should().Equal(1, 4);
        loaded.Training.ClassCount.Should().Be(5);
        loaded.Training.Features.Values[..6].ToArray().Should().Equal(0, 0.2f, 0.4f, 0.6f, 0.8f, 1);
        DatasetReader.Open(Path.Combine(_folder.Location, images)).Training.Count.Should().Be(2);
        DatasetReader.Open(Path.Combine(_folder.Location, labels)).Training.Count.Should().Be(2);
    }

    [Fact]
    public void Open_FolderWithTrainingAndTestFiles_KeepsThemApart()
    {
        _folder.Write("train-images-idx3-ubyte", ImageFiles.IdxImages(3));
        _folder.Write("train-labels-idx1-ubyte", ImageFiles.IdxLabels(0, 1, 0));
        _folder.WriteCompressed("t10k-images-idx3-ubyte.gz", ImageFiles.IdxImages(2));
        _folder.Write("t10k-labels-idx1-ubyte", ImageFiles.IdxLabels(2, 1));

        DatasetSplit split = DatasetReader.Open(_folder.Location).Split(seed: 1);
        split.Training.Count.Should().Be(3);
        split.Test.Count.Should().Be(2);
        split.Training.ClassCount.Should().Be(3).And.Be(split.Test.ClassCount);
    }

    [Fact]
    public void Open_FolderWithPlainAndCompressedCopy_ReadsOne()
    {
        _folder.Write("train-images-idx3-ubyte", ImageFiles.IdxImages(2));
        _folder.WriteCompressed("train-images-idx3-ubyte.gz", ImageFiles.IdxImages(2));
        _folder.Write("train-labels-idx1-ubyte", ImageFiles.IdxLabels(0, 1));
        _folder.WriteCompressed("train-labels-idx1-ubyte.gz", ImageFiles.IdxLabels(0, 1));
        DatasetReader.Open(_folder.Location).Training.Count.Should().Be(2);
    }

    [Fact]
    public void Open_LabelsMissing_SaysWhichFileToAdd()
    {
        _folder.Write("train-images-idx3-ubyte", ImageFiles.IdxImages(2));
        OpenFolder().Should().Throw<DatasetFormatException>().WithMessage("train-images-idx3-ubyte:*labels file*missing*");
    }

    [Fact]
    public void Open_TwoTrainingPairs_AsksToChoose()
    {
        _folder.Write("letters-train-images", ImageFiles.IdxImages(2));
        _folder.Write("digits-train-images", ImageFiles.IdxImages(2));
        OpenFolder().Should().Throw<DatasetFormatException>().WithMessage("*digits-train-images*letters-train-images*");
    }

    [Fact]
    public void Open_DifferentCounts_IsRefused()
    {
        _folder.Write("train-images-idx3-ubyte", ImageFiles.IdxImages(2));
        _folder.Write("train-labels-idx1-ubyte", ImageFiles.IdxLabels(0, 1, 2));
        OpenFolder().Should().Throw<DatasetFormatException>().WithMessage("*3 labels for 2 images*");
    }

    [Fact]
    public void Open_TruncatedAtEveryLength_IsRefused()
    {
        byte[] images = ImageFiles.IdxImages(2);
        byte[] labels = ImageFiles.IdxLabels(0, 1);
        for (int length = 0; length < images.Length; length++)
        {
            RefusePair(images.AsSpan(0, length), labels);
        }

        for (int length = 0; length < labels.Length; length++)
        {
            RefusePair(images, labels.AsSpan(0, length));
        }
    }

    [Fact]
    public void Open_CompressedAndTruncatedAtEveryLength_IsRefusedOrWhole()
    {
        byte[] images = TemporaryFolder.Compress(ImageFiles.IdxImages(2));
        _folder.Write("train-labels-idx1-ubyte", ImageFiles.IdxLabels(0, 1));
        int refused = 0;
        for (int length = 0; length < images.Length; length++)
        {
            _folder.Write("train-images-idx3-ubyte.gz", images.AsSpan(0, length));
            try
            {
                // Only the end mark and the checksum are missing; every pixel is there.
                DatasetReader.Open(_folder.Location).Training.Features.Values[^1].Should().Be(49 / 255f);
            }
            catch (DatasetFormatException)
            {
                refused++;
            }
        }

        refused.Should().BeGreaterThan(images.Length / 2);
    }

    [Fact]
    public void Open_HugeDimensions_IsRefusedBeforeAllocation()
    {
        byte[] images = ImageFiles.IdxImages(2);
        images.AsSpan(4, 12).Fill(0x7f);
        RefusePair(images, ImageFiles.IdxLabels(0, 1));
        images.AsSpan(4, 12).Fill(0xff);
        RefusePair(images, ImageFiles.IdxLabels(0, 1));
        byte[] labels = ImageFiles.IdxLabels(0, 1);
        labels.AsSpan(4, 4).Fill(0x7f);
        RefusePair(ImageFiles.IdxImages(2), labels);
    }

    [Theory]
    [InlineData("train-images-idx4-ubyte", 8, 4, "*4 dimensions of unsigned bytes*")]
    [InlineData("train-images-idx3-float", 13, 3, "*3 dimensions of 32-bit floats*")]
    [InlineData("train-images-idx3-ubyte", 12, 3, "*3 dimensions of 32-bit integers*")]
    [InlineData("train-images-idx2-ubyte", 8, 2, "*2 dimensions*count, height, width*")]
    public void Open_ImagesOfAnotherShapeOrType_SaysWhichAreRead(string name, byte type, byte rank, string message)
    {
        byte[] images = [0, 0, type, rank, .. Enumerable.Repeat<byte[]>([0, 0, 0, 2], rank).SelectMany(size => size), .. new byte[64]];
        string path = _folder.Write(name, images);
        _folder.Write("train-labels-idx1-ubyte", ImageFiles.IdxLabels(0, 1));
        OpenFolder().Should().Throw<DatasetFormatException>().WithMessage(message);
        Func<LoadedDataset> open = () => DatasetReader.Open(path);
        open.Should().Throw<DatasetFormatException>().WithMessage(message);
    }

    [Theory]
    [InlineData("qmnist-train-labels-idx2-int", 12, 8)]
    [InlineData("qmnist-train-labels-idx2-int", 11, 3)]
    [InlineData("qmnist-train-labels-idx2-ubyte", 8, 1)]
    [InlineData("qmnist-train-labels-idx2-byte", 9, 2)]
    public void Open_LabelsOfSeveralColumns_TakesTheFirst(string name, byte type, byte columns)
    {
        int size = type switch { 12 => 4, 11 => 2, _ => 1 };
        byte[] Cell(byte value) => [.. new byte[size - 1], value];
        byte[] labels =
        [
            0, 0, type, 2, 0, 0, 0, 2, 0, 0, 0, columns,
            .. Cell(7), .. Enumerable.Repeat(Cell(99), columns - 1).SelectMany(cell => cell),
            .. Cell(3), .. Enumerable.Repeat(Cell(98), columns - 1).SelectMany(cell => cell),
        ];
        _folder.Write("qmnist-train-images-idx3-ubyte", ImageFiles.IdxImages(2));
        _folder.WriteCompressed(name + ".gz", labels);

        Dataset data = DatasetReader.Open(_folder.Location).Training;

        data.Labels.ToArray().Should().Equal(7, 3);
        data.Notes.Any(note => note.Contains($"{columns} columns")).Should().Be(columns > 1);
        data.Notes.Should().Contain(note => note.Contains("classes 0, 1, 2, 4, 5, 6."));
    }

    [Theory]
    [InlineData(13, "00-00-00-00-3F-80-00-00", "*32-bit floats*labels are read from integers*")]
    [InlineData(12, "00-00-00-00-FF-FF-FF-FF", "*label 1 is -1*")]
    [InlineData(12, "00-00-00-00-7F-FF-FF-FF", "*label 1 is 2147483647*")]
    [InlineData(9, "00-80", "*label 1 is -128*")]
    public void Open_LabelsThatAreNoClasses_AreRefused(byte type, string elements, string message)
    {
        _folder.Write("train-images-idx3-ubyte", ImageFiles.IdxImages(2));
        _folder.Write(
            "train-labels-idx1-ubyte",
            (byte[])[0, 0, type, 1, 0, 0, 0, 2, .. Convert.FromHexString(elements.Replace("-", "", StringComparison.Ordinal))]);
        OpenFolder().Should().Throw<DatasetFormatException>().WithMessage(message);
    }

    [Fact]
    public void Open_Emnist_SaysThatItsImagesLieOnTheirSide()
    {
        _folder.Write("emnist-letters-train-images-idx3-ubyte", ImageFiles.IdxImages(2));
        _folder.Write("emnist-letters-train-labels-idx1-ubyte", ImageFiles.IdxLabels(1, 2));
        DatasetReader.Open(_folder.Location).Training.Notes.Should().Contain(note => note.Contains("on their side"))
            .And.Contain(note => note.Contains("classes 0."));
    }

    private void RefusePair(ReadOnlySpan<byte> images, ReadOnlySpan<byte> labels)
    {
        _folder.Write("train-images-idx3-ubyte", images);
        _folder.Write("train-labels-idx1-ubyte", labels);
        OpenFolder().Should().Throw<DatasetFormatException>();
    }

    private Func<LoadedDataset> OpenFolder() => () => DatasetReader.Open(_folder.Location);

    private void Write(string name, byte[] content, bool compressed) =>
        _folder.Write(name, compressed ? TemporaryFolder.Compress(content) : content);
}
