using System.Globalization;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Reading;

namespace FedHe.Learning.Tests.Data;

public sealed class CsvDatasetReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("1,2,0\n3,4,1\n")]
    [InlineData("a,b,class\n1,2,0\n3,4,1")]
    [InlineData("\uFEFFa;b;class\r\n1;2;0\r\n\r\n3;4;1\r\n")]
    [InlineData("a\tb\tclass\n1\t2\t0\n 3 \t4.0\t1.0\n\n")]
    [InlineData("\"a, really\",b,class\n\"1\",2,\"0\"\n3,\"4\",1\n")]
    [InlineData("a;b;class\n1,0;2;0\n3,00;4;1\n")]
    public void Read_UsualSpellings_GiveTheSameTable(string text)
    {
        Dataset dataset = Read(text);
        dataset.Features.Shape.Should().Equal(2, 2);
        dataset.Features.Values.ToArray().Should().Equal(1, 2, 3, 4);
        dataset.Labels.ToArray().Should().Equal(0, 1);
        dataset.Notes.Should().ContainSingle().Which.Should().StartWith("Read 2 rows of 2 features, label '");
    }

    [Fact]
    public void Read_LabelColumnOfMeasurements_IsRefused()
    {
        string text = string.Concat(Enumerable.Range(0, 30).Select(i => $"{i},{i % 2},{i}.5\n"));
        Action read = () => Read(text);
        read.Should().Throw<DatasetFormatException>().WithMessage("*30 different values in 30 rows*");
        Read(text, label: "1").ClassNames.Should().Equal("0", "1");
    }

    [Fact]
    public void Read_NumericLabels_AreOrderedAsNumbers()
    {
        Dataset dataset = Read("1,10\n2,9\n3,10\n4,-1\n5,9.0\n");
        dataset.ClassNames.Should().Equal("-1", "9", "10");
        dataset.Labels.ToArray().Should().Equal(2, 1, 2, 0, 1);
    }

    [Fact]
    public void Read_TextLabelsWithoutHeader_KeepsTheFirstRow()
    {
        Dataset dataset = Read("5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n");
        dataset.Count.Should().Be(3);
        dataset.ClassNames.Should().Equal("setosa", "virginica");
    }

    [Theory]
    [InlineData("CLASS")]
    [InlineData("0")]
    public void Read_LabelByNameOrPosition_TakesThatColumn(string label)
    {
        Dataset dataset = Read("class,x\nno,1\nyes,2\n", label);
        dataset.ClassNames.Should().Equal("no", "yes");
        dataset.Features.Values.ToArray().Should().Equal(1, 2);
    }

    [Fact]
    public void Read_MissingValues_TakeTheMeanAndAreReported()
    {
        Dataset dataset = Read("a,b,c,class\n1,?,NA,0\n,5,,1\n3,7,nan,0\n2,6,?,\n");
        dataset.Features.Values.ToArray().Should().Equal(1, 6, 2, 5, 3, 7);
        dataset.Notes.Should().HaveCount(5);
        dataset.Notes.Should().Contain(note => note.Contains("1 rows without a label"));
        dataset.Notes.Should().Contain(note => note.Contains("'a'") && note.Contains("mean"));
        dataset.Notes.Should().Contain(note => note.Contains("'c' has no value"));
    }

    [Fact]
    public void Read_TextColumn_BecomesIndicators()
    {
        Dataset dataset = Read("colour,x,class\nred,1,0\nblue,2,1\n?,3,0\n\"re\"\"d\nder\",4,1\n");
        dataset.Features.Shape.Should().Equal(4, 4);
        dataset.Features.Values.ToArray().Should().Equal(0, 0, 1, 1, 1, 0, 0, 2, 0, 0, 0, 3, 0, 1, 0, 4);
        dataset.Notes.Skip(1).Should().HaveCount(2).And.OnlyContain(note => note.Contains("'colour'"));
    }

    [Fact]
    public void Read_TextColumnWithManyValues_IsRefusedByName()
    {
        var text = new StringBuilder("name,x,class\n");
        for (int row = 0; row < 130; row++)
        {
            text.Append(CultureInfo.InvariantCulture, $"person {row % 65},{row},{row % 2}\n");
        }

        Reading(text.ToString()).Should().Throw<DatasetFormatException>().WithMessage("data.csv: the column 'name' *'person 0' on line 2*leave-out*");
    }

    [Theory]
    [InlineData("", "*no line*")]
    [InlineData("\n \n", "*no line*")]
    [InlineData("1\n2\n", "*single column*")]
    [InlineData("a,b\n", "*fewer than two rows*")]
    [InlineData("1,2\n3,4,5\n", "*line 2 has 3 columns*2*")]
    [InlineData("1,2\n\n3\n", "*line 3 has 1 columns*2*")]
    [InlineData("x,class\n1,0\n2,0\n", "*'class'*fewer than two classes*")]
    [InlineData("1,2\n\"3,4\n", "*quote opened on line 2*")]
    [InlineData("x,class\n1,0\n2,\0\n", "*")]
    [InlineData("x,class\n?,0\n?,1\n", "*no feature column*")]
    public void Read_NoSuchTable_SaysWhatIsWrong(string text, string message) =>
        Reading(text).Should().Throw<DatasetFormatException>().WithMessage(message);

    [Fact]
    public void Read_UnknownLabelColumn_ListsTheColumns() =>
        Reading("age,class\n1,0\n2,1\n", "klass").Should().Throw<DatasetFormatException>().WithMessage("*'klass'*age, class*");

    [Fact]
    public void Read_LabelOfContinuousValues_IsRefused()
    {
        IEnumerable<string> rows = Enumerable.Range(0, 1200).Select(row => string.Create(CultureInfo.InvariantCulture, $"1,{row / 7.0}"));
        string text = string.Join('\n', rows);
        Reading(text).Should().Throw<DatasetFormatException>().WithMessage("*no class label*");
    }

    [Fact]
    public void Read_CompressedTable_IsDecompressed()
    {
        string path = _folder.WriteCompressed("data.csv.gz", Encoding.UTF8.GetBytes("1,2,0\n3,4,1\n"));
        DatasetReader.Open(path).Training.Count.Should().Be(2);
    }

    [Fact]
    public void Open_MissingFile_IsReported()
    {
        Func<LoadedDataset> open = () => DatasetReader.Open(Path.Combine(_folder.Location, "absent.csv"));
        open.Should().Throw<DatasetFormatException>().WithMessage("*absent.csv*no such file*");
    }

    [Fact]
    public void Open_FolderWithoutData_ListsTheKnownFormats()
    {
        Func<LoadedDataset> open = () => DatasetReader.Open(_folder.Location);
        open.Should().Throw<DatasetFormatException>().WithMessage("*IDX*CIFAR*CSV*");
    }

    [Fact]
    public void Open_RandomBytes_OnlyEverRefuses()
    {
        var random = new Random(1);
        string[] names = ["data.csv", "data.bin", "x-images-idx3-ubyte", "data.gz"];
        ReadOnlySpan<byte> alphabet = "0123,;\t\"\n\r a?.\0"u8;
        for (int round = 0; round < 400; round++)
        {
            byte[] content = new byte[random.Next(200)];
            for (int i = 0; i < content.Length; i++)
            {
                content[i] = round % 2 == 0 ? alphabet[random.Next(alphabet.Length)] : (byte)random.Next(256);
            }

            if (round % 5 == 1 && content.Length > 3)
            {
                new byte[] { 0x1f, 0x8b, 8 }.CopyTo(content, 0);
            }

            string path = _folder.Write(names[round % names.Length], content);
            try
            {
                DatasetReader.Open(path).Training.Count.Should().BePositive();
            }
            catch (DatasetFormatException exception)
            {
                exception.Message.Should().NotBeEmpty();
            }
        }
    }

    private Dataset Read(
        string text, string? label = null) => DatasetReader.Open(_folder.Write("data.csv", text), new TableOptions { Label = label }).Training;

    private Func<Dataset> Reading(string text, string? label = null) => () => Read(text, label);
}
