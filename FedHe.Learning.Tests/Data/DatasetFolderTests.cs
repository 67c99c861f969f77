using System.Text;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Images;
using FedHe.Learning.Data.Reading;

namespace FedHe.Learning.Tests.Data;

public sealed class DatasetFolderTests : IDisposable
{
    private static readonly string Table = TableCase.Of(20, i => $"{i},{i % 5},{i % 2}", "x,y,class\n");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("heart.csv.gz")]
    [InlineData("heart.TSV.GZ")]
    [InlineData("heart.data.gz")]
    public void Open_CompressedTable_IsReadLikeTheFileItself(string name)
    {
        string path = _folder.WriteCompressed(name, Encoding.UTF8.GetBytes(Table));
        DatasetReader.Open(_folder.Location).Training.Features.Values.ToArray()
            .Should().Equal(DatasetReader.Open(path).Training.Features.Values.ToArray());
    }

    [Fact]
    public void Open_PlainAndCompressedCopy_ReadsOneAndNamesTheOther()
    {
        _folder.Write("heart.csv", Table);
        _folder.WriteCompressed("heart.csv.gz", Encoding.UTF8.GetBytes(Table));
        DatasetReader.Open(_folder.Location).Training.Notes.Should().Contain("Passed over in the folder: heart.csv.gz.");
    }

    [Fact]
    public void Open_HiddenFilesBesideATable_ArePassedOver()
    {
        _folder.Write("data.csv", Table);
        _folder.Write("._data.csv", [0, 5, 0x16, 7]);
        _folder.Write(".DS_Store", [0, 0, 0, 1]);
        Dataset data = DatasetReader.Open(_folder.Location).Training;
        data.Count.Should().Be(20);
        data.Notes.Should().Contain("Passed over in the folder: .DS_Store, ._data.csv.");
    }

    [Fact]
    public void Open_HiddenFilesBesideImages_ArePassedOver()
    {
        foreach (string name in (string[])["train-images-idx3-ubyte", "train-labels-idx1-ubyte"])
        {
            _folder.Write($"._{name}", [0, 5, 0x16, 7]);
        }

        string images = _folder.Write("train-images-idx3-ubyte", ImageFiles.IdxImages(2));
        _folder.Write("train-labels-idx1-ubyte", ImageFiles.IdxLabels(0, 1));
        DatasetReader.Open(_folder.Location).Training.Count.Should().Be(2);
        DatasetReader.Open(images).Training.Count.Should().Be(2);
        IdxReader.ReadFolder(_folder.Location).Training.Count.Should().Be(2);
    }

    [Fact]
    public void Open_CifarThatBeginsLikeIdx_IsCifar()
    {
        byte[] content = ImageFiles.Cifar10(0, 1);
        new byte[] { 0, 0, 8, 3 }.CopyTo(content, 0);
        DatasetReader.Open(_folder.Write("samples.bin", content)).Format.Should().Be(DatasetFormat.Cifar10);
    }

    [Fact]
    public void Open_HiddenFilesBesideCifar_ArePassedOver()
    {
        _folder.Write("data_batch_1.bin", ImageFiles.Cifar10(1, 2));
        _folder.Write("._data_batch_1.bin", new byte[124]);
        DatasetReader.Open(_folder.Location).Training.Count.Should().Be(2);
    }

    [Fact]
    public void Open_HiddenFilesOnly_HoldNoData()
    {
        _folder.Write(".data.csv", Table);
        Opening().Should().Throw<DatasetFormatException>().WithMessage("*holds no data*");
    }

    [Fact]
    public void Open_TableBesideAnotherBinary_ReadsTheTable()
    {
        _folder.Write("data.csv", Table);
        _folder.Write("model.bin", new byte[550]);
        _folder.Write("images.zip", "PK");
        Dataset data = DatasetReader.Open(_folder.Location).Training;
        data.Count.Should().Be(20);
        data.Notes.Should().Contain("Passed over in the folder: images.zip, model.bin.");
    }

    [Fact]
    public void Open_TwoKindsOfData_NamesBoth()
    {
        _folder.Write("data.csv", Table);
        _folder.Write("data_batch_1.bin", ImageFiles.Cifar10(1, 2));
        Opening().Should().Throw<DatasetFormatException>().WithMessage("*several kinds*'data.csv', 'data_batch_1.bin'*path*");
    }

    [Fact]
    public void Open_TwoTables_NamesThem()
    {
        _folder.Write("a.csv", Table);
        _folder.Write("b.csv", Table);
        Opening().Should().Throw<DatasetFormatException>().WithMessage("*2 tables (a.csv, b.csv)*");
    }

    [Theory]
    [InlineData("50-4B-03-04-00", "*Excel workbook*")]
    [InlineData("50-41-52-31-00", "*Parquet*")]
    [InlineData("93-4E-55-4D-50-59-01-00", "*NumPy*")]
    [InlineData("80-02-7D-71", "*pickle*")]
    [InlineData("01-00-02-03", "*binary data of no known format*")]
    public void Open_FormatOfOthers_SaysWhatToDo(string start, string message)
    {
        byte[] content = Convert.FromHexString(start.Replace("-", "", StringComparison.Ordinal));
        Func<LoadedDataset> open = () => DatasetReader.Open(_folder.Write("data.csv", content));
        open.Should().Throw<DatasetFormatException>().WithMessage(message);
    }

    [Fact]
    public void Open_TableOptionsForImages_AreRefused()
    {
        string path = _folder.Write("data_batch_1.bin", ImageFiles.Cifar10(1, 2));
        Func<LoadedDataset> open = () => DatasetReader.Open(path, new TableOptions { Separator = ',' });
        open.Should().Throw<ArgumentException>();
        DatasetReader.Open(path, new TableOptions { LeaveOut = new List<string>() }).Training.Count.Should().Be(2);
    }

    [Fact]
    public void Split_OneClass_IsRefusedForEveryFormat()
    {
        byte[] fives = Enumerable.Repeat((byte)5, 40).ToArray();
        _folder.Write("train-images-idx3-ubyte", ImageFiles.IdxImages(40));
        _folder.Write("train-labels-idx1-ubyte", ImageFiles.IdxLabels(fives));
        LoadedDataset idx = DatasetReader.Open(_folder.Location);
        FluentActions.Invoking(() => idx.Split(seed: 1)).Should().Throw<DatasetFormatException>().WithMessage("*one class*");
        LoadedDataset cifar = DatasetReader.Open(_folder.Write("samples.bin", ImageFiles.Cifar10(fives)));
        FluentActions.Invoking(() => cifar.Split(seed: 1)).Should().Throw<DatasetFormatException>().WithMessage("*one class*");
    }

    [Fact]
    public void Split_ClassesThatOnlyHeldOutSamplesHave_AreSaid()
    {
        _folder.Write("train-images-idx3-ubyte", ImageFiles.IdxImages(3));
        _folder.Write("train-labels-idx1-ubyte", ImageFiles.IdxLabels(0, 1, 0));
        _folder.Write("t10k-images-idx3-ubyte", ImageFiles.IdxImages(2));
        _folder.Write("t10k-labels-idx1-ubyte", ImageFiles.IdxLabels(2, 1));
        DatasetReader.Open(_folder.Location).Split(seed: 1).Training.Notes.Should().Contain(note => note.Contains("no model can learn: 2."));

        string table = TableCase.Of(40, i => $"{i},{(i < 4 ? $"rare{i}" : i % 2)}", "x,class\n");
        DatasetSplit split = DatasetReader.Open(_folder.Write("data.csv", table)).Split(seed: 1);
        split.Training.Notes.Should().Contain(note => note.Contains("no model can learn: rare"));
    }

    [Fact]
    public void CheckMemory_OfMoreThanThereIs_IsRefusedWithBothNumbers()
    {
        Action check = () => BoundedFile.CheckMemory("data.csv", 1L << 50, "9 rows of 9 features");
        check.Should().Throw<DatasetFormatException>().WithMessage("data.csv: 9 rows of 9 features take 1073741824 MiB of memory, and * MiB can be used*");
        BoundedFile.CheckMemory("data.csv", 1000, "9 rows");
    }

    private Func<LoadedDataset> Opening() => () => DatasetReader.Open(_folder.Location);
}
