using System.Globalization;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Reading;

namespace FedHe.Learning.Tests.Data;

/// <summary>Tables whose numbers, missing values and categories are spelled in the ways that people and programs use.</summary>
public sealed class TableNumberTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("0.5", "0.5")]
    [InlineData("\"0,5\"", "0.5")]
    [InlineData("\u22121.5", "-1.5")]
    [InlineData("\u20131.5", "-1.5")]
    [InlineData("+1.5", "1.5")]
    [InlineData(".5", "0.5")]
    [InlineData("5.", "5")]
    [InlineData("1e3", "1000")]
    [InlineData("1.5E-1", "0.15")]
    [InlineData("1e\u22122", "0.01")]
    [InlineData("\"1,234.5\"", "1234.5")]
    [InlineData("\"1.234,5\"", "1234.5")]
    [InlineData("\"1,234,567\"", "1234567")]
    [InlineData("1.234.567", "1234567")]
    [InlineData("1'234.5", "1234.5")]
    [InlineData("1\u2019234.5", "1234.5")]
    [InlineData("1 234.5", "1234.5")]
    [InlineData("1\u00a0234.5", "1234.5")]
    [InlineData("1\u202f234\u202f567", "1234567")]
    [InlineData("\"\u22121,234.5\"", "-1234.5")]
    [InlineData("0.125", "0.125")]
    [InlineData("007", "7")]
    public void Read_SpellingOfANumber_IsThatNumber(string spelling, string value)
    {
        Dataset data = Read(TableCase.Of(40, i => $"{(i == 3 ? spelling : i + 100)},{i % 2}", "x,class\n"));
        data.Features.Shape.Should().Equal(40, 1);
        data.Features.Values[3].Should().Be(float.Parse(value, CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("1,23,456", "'1,23,456' on line 5")]
    [InlineData("12:30", "'12:30' on line 5")]
    [InlineData("0x1F", "'0x1F' on line 5")]
    [InlineData("1e", "'1e' on line 5")]
    [InlineData("12 %", "'12 %' on line 5")]
    [InlineData("1 23", "'1 23' on line 5")]
    [InlineData("--5", "'--5' on line 5")]
    [InlineData("$5", "'$5' on line 5")]
    [InlineData("1_000", "'1_000' on line 5")]
    public void Read_TextAmongNumbers_IsRefusedWithItsLine(string spelling, string message)
        => Reading(TableCase.Of(40, i => $"{(i == 3 ? spelling : i)};{i % 2}", "x;class\n"))
            .Should().Throw<DatasetFormatException>().WithMessage($"*'x' holds numbers, but {message} is none*leave-out*");

    [Theory]
    [InlineData("{0}%")]
    [InlineData("{0} %")]
    [InlineData("${0}")]
    [InlineData("({0}.5)")]
    [InlineData("<{0}")]
    [InlineData("'{0}'")]
    [InlineData("{0},5 €")]
    public void Read_NumbersWithSignsAroundThem_AreRefusedInsteadOfLost(string format)
        => Reading(TableCase.Of(40, i => string.Format(CultureInfo.InvariantCulture, format, i) + $";{i % 2}", "x;class\n"))
            .Should().Throw<DatasetFormatException>().WithMessage("*'x' holds numbers with signs around them, first * on line 2*leave-out*");

    [Fact]
    public void Read_FewRangesWithSigns_AreCategories()
        => Read(TableCase.Of(40, i => $"{(i % 2 == 0 ? "<5" : ">5")},{i},{i % 2}", "x,y,class\n")).Features.Shape.Should().Equal(40, 3);

    [Fact]
    public void Read_QuotedDecimalCommas_AreNumbers()
    {
        Dataset data = Read(TableCase.Of(60, i => $"\"{i % 10},{i % 7}\",{i % 5},{i % 2}", "x,y,class\n"));
        data.Features.Shape.Should().Equal(60, 2);
        data.Features.Values[2].Should().Be(1.1f);
    }

    [Fact]
    public void Read_CommasBesideDecimalPoints_GroupThousandsAndAreSaid()
    {
        string[] incomes = ["950", "1,200", "12,500", "700"];
        Dataset data = Read(TableCase.Of(60, i => $"{incomes[i % 4]}\t{TableCase.Number(i % 3 + 0.5)}\t{i % 2}", "income\trate\tclass\n"));
        data.Features.Values[..8].ToArray().Should().Equal(950, 0.5f, 1200, 1.5f, 12500, 2.5f, 700, 0.5f);
        data.Notes.Should().Contain(note => note.Contains("Thousands are grouped, as in '1,200' on line 3") && note.Contains("option: decimal"));
    }

    [Fact]
    public void Read_PointsBesideDecimalCommas_GroupThousands()
    {
        string[] incomes = ["950", "1.200", "12.500", "700"];
        Dataset data = Read(TableCase.Of(60, i => $"{incomes[i % 4]};{TableCase.Number(i % 3 + 0.5, mark: ",")};{i % 2}", "income;rate;class\n"));
        data.Features.Values[..4].ToArray().Should().Equal(950, 0.5f, 1200, 1.5f);
    }

    [Fact]
    public void Read_CommasThatMayGroupOrBeDecimal_AreRefusedUntilToldWhich()
    {
        string[] incomes = ["950", "1,200", "12,500", "700"];
        string text = TableCase.Of(60, i => $"{incomes[i % 4]};{i % 3};{i % 2}", "income;y;class\n");
        Reading(text).Should().Throw<DatasetFormatException>().WithMessage("*'1,200' on line 3 may group thousands*option: decimal*");
        Read(text, new TableOptions { Decimal = '.' }).Features.Values[2].Should().Be(1200);
        Read(text, new TableOptions { Decimal = ',' }).Features.Values[2].Should().Be(1.2f);
    }

    [Fact]
    public void Read_ZeroBeforeTheComma_GroupsNothing()
        => Read(TableCase.Of(20, i => $"0,{125 + i};{i % 3};{i % 2}", "x;y;class\n")).Features.Values[0].Should().Be(0.125f);

    [Fact]
    public void Read_PointsThatMayGroup_AreDecimalAndSaid()
    {
        Dataset data = Read(TableCase.Of(20, i => $"{i % 7 + 1}.200;{i % 3};{i % 2}", "income;y;class\n"));
        data.Features.Values[0].Should().Be(1.2f);
        data.Notes.Should().Contain(note => note.StartsWith("Guess: '1.200' on line 2 has a decimal point"));
    }

    [Fact]
    public void Read_BothDecimalMarks_AreRefusedWithBothCells()
        => Reading(TableCase.Of(60, i => $"{i % 5}.5;{i % 7},25;{i % 2}", "x;y;class\n"))
            .Should().Throw<DatasetFormatException>().WithMessage("*'0.5' on line 2 has a decimal point, '0,25' on line 2*");

    [Theory]
    [InlineData("Infinity")]
    [InlineData("-inf")]
    [InlineData("\u221e")]
    [InlineData("1e39")]
    [InlineData("1e400")]
    public void Read_NumbersOutOfFloat_CountAsMissingAndAreSaid(string infinity)
    {
        Dataset data = Read(TableCase.Of(60, i => $"{i},{(i == 7 ? infinity : i == 8 ? "NaN" : "2.5")},{i % 2}", "a, Flow Bytes/s, Label\n"));
        data.Features.Shape.Should().Equal(60, 2);
        data.Features.Values[15].Should().Be(2.5f);
        data.Notes.Should().Contain(note => note.Contains("1 values of 'Flow Bytes/s' are infinite") && note.Contains($"'{infinity}' on line 9"));
        data.Notes.Should().Contain(note => note.Contains("2 missing values of 'Flow Bytes/s'"));
    }

    [Theory]
    [InlineData("-")]
    [InlineData("None")]
    [InlineData("#DIV/0!")]
    [InlineData("unknown")]
    public void Read_PlaceholdersAmongNumbers_CountAsMissingAndAreSaid(string placeholder)
    {
        Dataset data = Read(TableCase.Of(40, i => $"{(i == 3 ? placeholder : "4")},{i},{i % 2}", "x,y,class\n"));
        data.Features.Values[6].Should().Be(4);
        data.Notes.Should().Contain(note => note.Contains($"In 'x', '{placeholder}' on line 5"));
    }

    [Fact]
    public void Read_PlaceholdersAmongWords_AreWords()
    {
        Read(TableCase.Of(40, i => $"{(i % 2 == 0 ? "None" : "Brick")},{i},{i % 2}", "wall,y,class\n")).Features.Shape.Should().Equal(40, 3);
        Read(TableCase.Of(40, i => $"{i},{(i % 2 == 0 ? "+" : "-")}", "x,class\n")).ClassNames.Should().Equal("+", "-");
    }

    [Fact]
    public void Read_CodesOfDigitsAndLetters_AreCategories()
    {
        string[] codes = ["1", "2", "3A", "4"];
        Read(TableCase.Of(40, i => $"{codes[i % 4]},{i},{i % 2}", "code,y,class\n")).Features.Shape.Should().Equal(40, 5);
    }

    [Fact]
    public void Read_RowsThatAreLeftOut_LeaveNoTrace()
    {
        Dataset data = Read(TableCase.Of(60, i => $"{i},{i % 5},{i % 2}", "x,y,class\n") + ",1,\nabc,,?\n,,\n");
        data.Count.Should().Be(60);
        data.Notes.Should().Contain("2 rows without a label were left out.").And.Contain("1 rows of empty cells were left out.");
        data.Notes.Should().NotContain(note => note.Contains("mean") || note.Contains("text"));
    }

    [Fact]
    public void Read_ManyColumnsWithTheSameToSay_AreShortened()
    {
        Dataset data = Read(TableCase.Of(
            4, i => string.Concat(Enumerable.Repeat(i == 2 ? "?," : $"{i},", 500)) + i % 2, string.Concat(Enumerable.Range(0, 500).Select(i => $"g{i},")) + "class\n"));
        data.Notes.Should().HaveCountLessThan(12).And.Contain(note => note.Contains("492 more columns"));
    }

    [Fact]
    public void Read_UnderAnotherCulture_GivesTheSame()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        string text = TableCase.Of(60, i => $"{TableCase.Number(i - 30.5)},{i % 5},I{i % 2}", "x,INDIVIDUAL,class\n");
        Dataset expected = Read(text, new TableOptions { Label = "class" });
        try
        {
            CultureInfo.CurrentCulture = ForeignCulture.Create();
            Dataset data = Read(text, new TableOptions { Label = "CLASS", LeaveOut = [] });
            data.Features.Values.ToArray().Should().Equal(expected.Features.Values.ToArray());
            data.Notes.Should().Equal(expected.Notes);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private Dataset Read(string text, TableOptions? options = null) => DatasetReader.Open(_folder.Write("data.csv", text), options).Training;

    private Func<Dataset> Reading(string text, TableOptions? options = null) => () => Read(text, options);
}
