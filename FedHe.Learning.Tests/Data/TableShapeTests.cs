using System.Text;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Reading;

namespace FedHe.Learning.Tests.Data;

/// <summary>Tables whose separator, header, preamble, encoding or line ends differ from plain CSV.</summary>
public sealed class TableShapeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("\n")]
    [InlineData("\r")]
    [InlineData("\r\n")]
    public void Read_AnyLineEnd_GivesTheSameRows(string end)
    {
        Dataset data = Read(TableCase.Of(60, i => $"{i},{i % 13},{i % 2}", $"age,weight,class{end}", end));
        data.Features.Shape.Should().Equal(60, 2);
        Reading($"1,2{end}{end}3,4,5{end}").Should().Throw<DatasetFormatException>().WithMessage("*line 3 has 3 columns*");
    }

    [Theory]
    [InlineData("\r")]
    [InlineData("\r\n")]
    public void Read_LineEndWithinQuotes_BelongsToTheCell(string end)
    {
        Dataset data = Read($"t,x,class{end}\"a{end}b\",1,0{end}c,2,1{end}\"a{end}b\",3,1{end}");
        data.Features.Values.ToArray().Should().Equal(1, 0, 1, 0, 1, 2, 1, 0, 3);
    }

    [Theory]
    [InlineData(";")]
    [InlineData("\t")]
    [InlineData("|")]
    [InlineData(" ")]
    [InlineData("   ")]
    public void Read_AnySeparator_FindsIt(string separator)
    {
        Dataset data = Read(TableCase.Of(20, i => string.Join(separator, TableCase.Number(i / 2.0), i % 3, i % 2)));
        data.Features.Shape.Should().Equal(20, 2);
        data.Features.Values[..4].ToArray().Should().Equal(0, 0, 0.5f, 1);
    }

    [Fact]
    public void Read_BlanksAtBothEndsOfLines_AreNoColumns()
        => Read(TableCase.Of(20, i => $"  {i}  {i % 3}\t{i % 2}  ")).Features.Shape.Should().Equal(20, 2);

    [Fact]
    public void Read_SemicolonsAndDecimalCommasWithoutHeader_TakesSemicolons()
    {
        Dataset data = Read(TableCase.Of(60, i => $"{TableCase.Number(i % 7 * 1.1, mark: ",")};{TableCase.Number(i * 1.2, mark: ",")};{i % 2}"));
        data.Features.Shape.Should().Equal(60, 2);
        data.ClassNames.Should().Equal("0", "1");
        data.Features.Values[2].Should().Be(1.1f);
        data.Notes[0].Should().Contain("separator ';'").And.Contain("decimal comma").And.Contain("no header");
    }

    [Fact]
    public void Read_TextsWithOtherSeparators_DoNotMislead()
    {
        Read(TableCase.Of(20, i => $"\"Smith, J{i % 3}\";{i};{i % 2}", "name;x;class\n")).Notes[0].Should().Contain("separator ';'");
        Read(TableCase.Of(20, i => $"Smith, J{i % 3};{i};{i % 2}", "name;x;class\n")).Notes[0].Should().Contain("separator ';'");
        Read(TableCase.Of(20, i => $"a|b{i % 2},{i},{i % 2}", "name,x,class\n")).Notes[0].Should().Contain("separator ','");
    }

    [Fact]
    public void Read_SeparatorThatCannotBeTold_IsRefusedUntilNamed()
    {
        string text = TableCase.Of(6, i => $"a{i % 2};b{i % 3},c{i % 2}");
        Reading(text).Should().Throw<DatasetFormatException>().WithMessage("*separator may be*option: separator*");
        Read(TableCase.Of(6, i => $"{i};{i},{i % 2}"), new TableOptions { Separator = ',', Header = false }).Count.Should().Be(6);
        Reading("1,2\n3,4\n", new TableOptions { Separator = '|' }).Should().Throw<DatasetFormatException>().WithMessage("*'|' between cells*");
    }

    [Fact]
    public void Read_LineThatDeclaresTheSeparator_IsSkippedAndSaid()
    {
        Dataset data = Read(TableCase.Of(60, i => $"{i};{i % 5};{i % 2}", "sep=;\nx;y;class\n"));
        data.Features.Shape.Should().Equal(60, 2);
        data.Notes.Should().Contain(note => note.Contains("Line 1 declares the separator ';'"));
        Read(TableCase.Of(5, i => $"{i}\t{i % 5}\t{i % 2}", "\"sep=\t\"\r\nx\ty\tclass\r\n")).Count.Should().Be(5);
    }

    [Theory]
    [InlineData("# exported 2024-01-01 by LIS\n# units: mg/dl, kg\n", "Lines 1 to 2")]
    [InlineData("# it's, \"never closed\n", "Lines 1 to 1")]
    [InlineData("Report of the laboratory\n\nWard 7\n", "Lines 1 to 3")]
    [InlineData("Report;2024\n", "Lines 1 to 1")]
    public void Read_LinesBeforeTheTable_AreSkippedAndSaid(string preamble, string note)
    {
        Dataset data = Read(TableCase.Of(60, i => $"{TableCase.Number(i * 0.37)},{i % 4},{i % 2}", preamble + "x,y,class\n"));
        data.Features.Shape.Should().Equal(60, 2);
        data.Notes.Should().ContainSingle(text => text.Contains(note) && text.Contains("skip-lines"));
        Read(TableCase.Of(3, i => $"{i},{i % 4},{i % 2}", "a,b,c\n1,1,1\nx,y,class\n"), new TableOptions { SkipLines = 2 }).Count.Should().Be(3);
    }

    [Fact]
    public void Read_RowsBeforeTheTable_AreRefused()
        => Reading(TableCase.Of(20, i => $"{i},{i % 4},{i % 2}", "1,2\n")).Should().Throw<DatasetFormatException>()
            .WithMessage("*line 1 has 2 columns, line 2 has 3*skip-lines*");

    [Fact]
    public void Read_CommentsWithinTheTable_AreSkippedAndCounted()
    {
        Dataset data = Read(TableCase.Of(20, i => $"{i},{i % 4},{i % 2}", "x,y,class\n") + "# the end, of it\n#\n");
        data.Count.Should().Be(20);
        data.Notes.Should().Contain(note => note.Contains("2 comment lines") && note.Contains("line 22"));
    }

    [Fact]
    public void Read_RowsThatBeginWithTheCommentMark_AreRows()
        => Read(TableCase.Of(20, i => $"#f{i % 2},{i},{i % 2}", "color,x,class\n")).Features.Shape.Should().Equal(20, 3);

    [Fact]
    public void Read_NamesInAComment_NameTheColumns()
    {
        string text = TableCase.Of(20, i => $"{i},{i % 4},{i % 2}", "# x,y,class\n");
        Read(text).Notes[0].Should().Contain("label 'class'").And.Contain("header in a comment");
        Read(text, new TableOptions { Label = "y" }).ClassCount.Should().Be(4);
    }

    [Fact]
    public void Read_HeadersOfOtherLengths_AreRepairedAndSaid()
    {
        Dataset ofR = Read(TableCase.Of(20, i => $"\"r{i}\",{i},{i % 2}", "\"x\",\"class\"\n"));
        ofR.Features.Shape.Should().Equal(20, 1);
        ofR.Notes.Should().Contain(note => note.Contains("row, x, class")).And.Contain(note => note.Contains("identifier"));

        Dataset longer = Read(TableCase.Of(20, i => $"{i},{i % 3},{i % 2}", "x,y,class,\n"));
        longer.Features.Shape.Should().Equal(20, 2);

        Dataset shorter = Read(TableCase.Of(20, i => $"{i},{i % 3},{i % 2},", "x,y,class\n"), new TableOptions { Label = "class" });
        shorter.Features.Shape.Should().Equal(20, 2);
        shorter.Notes.Should().Contain(note => note.Contains("'column 3' has no value"));
    }

    [Fact]
    public void Read_SeparatorsAtTheEndOfSomeLines_HoldNothing()
        => Read(TableCase.Of(20, i => $"{i},{i % 3},{i % 2}{(i == 7 ? ",," : "")}", "x,y,class\n")).Count.Should().Be(20);

    [Theory]
    [InlineData("animal", 0)]
    [InlineData("P00", 1)]
    public void Read_IdentifiersWithoutHeader_KeepsTheFirstRow(string prefix, int from)
    {
        Dataset data = Read(TableCase.Of(30, i => $"{prefix}{i + from},{i % 2},{i % 3},{i % 2},{i % 2 + 1}"));
        data.Features.Shape.Should().Equal(30, 3);
        data.Notes.Should().Contain(note => note.Contains("another text in every row") && note.Contains($"'{prefix}{from}' on line 1"));
    }

    [Theory]
    [InlineData("0,1,2,3")]
    [InlineData("1,2,3,4")]
    public void Read_HeaderOfPositions_IsAHeaderAndSaid(string header)
    {
        string text = TableCase.Of(60, i => $"{TableCase.Number(i * 0.5)},{i % 5},{i % 7},{i % 2}", header + "\n");
        Dataset data = Read(text);
        data.Count.Should().Be(60);
        data.ClassNames.Should().Equal("0", "1");
        data.Notes.Should().Contain(note => note.StartsWith("Guess: line 1") && note.Contains("option: header"));
        Read(text, new TableOptions { Header = false }).Count.Should().Be(61);
    }

    [Fact]
    public void Read_FirstRowOfNumbersThatCount_StaysARowWhereItsLabelIsKnown()
        => Read(TableCase.Of(20, i => $"{i % 5},{i % 7},{i % 3}", "0,1,2\n")).Count.Should().Be(21);

    [Fact]
    public void Read_YearsAsNames_AreAHeader()
    {
        Dataset data = Read(TableCase.Of(20, i => $"{i},{i % 7},{i % 2}", "2019,2020,class\n"));
        data.Count.Should().Be(20);
        data.Notes.Should().Contain(note => note.Contains("was taken for the header"));
    }

    [Fact]
    public void Read_NumbersAndAnotherNewLabelInLine1_AreARowAndSaid()
    {
        string text = TableCase.Of(20, i => $"{i},{i % 7},{(i % 2 == 0 ? "no" : "yes")}", "2019,2020,rare\n");
        Read(text).Notes.Should().Contain(note => note.Contains("was taken for a row"));
        Dataset data = Read(text.Replace("rare", "Class", StringComparison.Ordinal));
        data.ClassNames.Should().Equal("no", "yes");
        data.Notes.Should().Contain(note => note.Contains("'Class' names labels"));
    }

    [Fact]
    public void Read_HeaderThatComesAgain_IsSkippedAndSaid()
    {
        string part = TableCase.Of(20, i => $"{i},{i % 5},{i % 2}", "x,y,class\n");
        Dataset data = Read(part + part + part);
        data.Count.Should().Be(60);
        data.Notes.Should().Contain(note => note.Contains("2 lines repeat the header") && note.Contains("line 22"));
    }

    [Fact]
    public void Read_RowsThatComeAgain_AreRows()
    {
        Read(TableCase.Of(20, i => $"red,{i % 2},{(i % 2 == 0 ? "no" : "yes")}")).Count.Should().Be(20);
        Read(TableCase.Of(20, i => $"red,flat,{(i % 2 == 0 ? "no" : "yes")}")).Count.Should().Be(20);
        Read(TableCase.Of(20, i => i % 2 == 0 ? "red,flat,no" : "tan,bell,yes")).Count.Should().Be(20);
    }

    [Fact]
    public void Read_ClassesThatDifferInCase_AreSaid()
        => Read(TableCase.Of(20, i => $"{i},{(i % 3 == 0 ? "yes" : i % 3 == 1 ? "Yes" : "no")}", "x,class\n"))
            .Notes.Should().Contain("The classes Yes, yes differ in upper and lower case only.");

    [Fact]
    public void Read_TextsOnly_TellsThatTheHeaderIsAGuess()
    {
        string text = TableCase.Of(20, i => $"{(i % 2 == 0 ? "flat" : "bell")},{(i % 3 == 0 ? "red" : "tan")},{(i % 2 == 0 ? "no" : "yes")}", "cap,color,edible\n");
        Read(text).Notes.Should().Contain(note => note.StartsWith("Guess: line 1 (cap, color, edible)"));
        Read(text, new TableOptions { Header = true }).Notes.Should().NotContain(note => note.StartsWith("Guess"));
    }

    [Theory]
    [InlineData("1", 3)]
    [InlineData("4", 2)]
    public void Read_LabelPositionWithoutHeader_IsNoName(string label, int classes)
        => Read(TableCase.Of(30, i => $"animal{i},{i % 3},{i % 5},{i % 7},{i % 2 + 1}"), new TableOptions { Label = label })
            .ClassCount.Should().Be(classes);

    [Fact]
    public void Read_DuplicateNames_AreSaidAndRefusedAsLabel()
    {
        string text = TableCase.Of(20, i => $"{i},{i % 5},{i % 3},{i % 2}", "x,class,y,class\n");
        Read(text).Notes.Should().Contain(note => note.Contains("columns 1, 3") && note.Contains("'class'"));
        Reading(text, new TableOptions { Label = "class" }).Should().Throw<DatasetFormatException>().WithMessage("*columns 1, 3*position*");
        Reading(text, new TableOptions { Label = "CLASS" }).Should().Throw<DatasetFormatException>();
        Read(text, new TableOptions { Label = "1" }).ClassCount.Should().Be(5);
        Reading(text, new TableOptions { LeaveOut = ["class"] }).Should().Throw<DatasetFormatException>();
    }

    [Fact]
    public void Read_UnknownLabelOfAWideTable_GivesAShortMessageWithANearName()
    {
        string head = string.Concat(Enumerable.Range(0, 2000).Select(i => $"gene_{i},"));
        string text = TableCase.Of(4, i => string.Concat(Enumerable.Repeat($"{i},", 2000)) + i % 2, head + "class\n");
        Reading(text, new TableOptions { Label = "klass" }).Should().Throw<DatasetFormatException>()
            .Where(exception => exception.Message.Length < 500).WithMessage("*'klass'*'class' meant*gene_0*2001 in all*");
        Reading(text, new TableOptions { Label = new string('x', 9000) }).Should().Throw<DatasetFormatException>()
            .Where(exception => exception.Message.Length < 500);
    }

    [Fact]
    public void Read_ColumnsLeftOutAsAsked_AreSaid()
    {
        string text = TableCase.Of(20, i => $"{i},{i % 5},{i % 3},{i % 2}", "id,x,y,class\n");
        Dataset data = Read(text, new TableOptions { LeaveOut = ["ID", "2"] });
        data.Features.Shape.Should().Equal(20, 1);
        data.Notes.Should().Contain(note => note.Contains("'id' was left out as asked"));
        Reading(text, new TableOptions { LeaveOut = ["class"] }).Should().Throw<DatasetFormatException>().WithMessage("*is the label*");
        Reading(text, new TableOptions { LeaveOut = ["z"] }).Should().Throw<DatasetFormatException>().WithMessage("*no column 'z'*");
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", false)]
    [InlineData("utf-32", true)]
    [InlineData("utf-8", true)]
    public void Read_UnicodeOfAnyForm_ReadsTheTexts(string encoding, bool isMarked)
    {
        Encoding unicode = Encoding.GetEncoding(encoding);
        string text = TableCase.Of(20, i => $"{i};{i % 5};{(i % 2 == 0 ? "grün" : "groß")}", "x;y;Urteil\n");
        Dataset data = Read([.. isMarked ? unicode.GetPreamble() : [], .. unicode.GetBytes(text)]);
        data.ClassNames.Should().Equal("groß", "grün");
        data.Notes[0].Should().Contain(isMarked ? "UTF-" : "without a byte order mark").And.Contain("'Urteil'");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_Latin1_IsRefusedUntilNamed(bool isMarked)
    {
        string text = TableCase.Of(30, i => $"{i};{i % 5};{(i % 3 == 0 ? "grün" : i % 3 == 1 ? "grän" : "rot")}", "x;y;Urteil\n");
        byte[] bytes = [.. isMarked ? Encoding.UTF8.GetPreamble() : [], .. Encoding.Latin1.GetBytes(text)];
        Reading(bytes).Should().Throw<DatasetFormatException>().WithMessage("data.csv: line 2 is not UTF-8*option: encoding*windows-1252*");
        if (!isMarked)
        {
            foreach (string name in (string[])["windows-1252", "latin1", "ISO-8859-1"])
            {
                Read(bytes, new TableOptions { Encoding = name }).ClassNames.Should().Equal("grän", "grün", "rot");
            }

            Reading(bytes, new TableOptions { Encoding = "klingon" }).Should().Throw<DatasetFormatException>().WithMessage("*'klingon'*windows-1252*");
        }
    }

    [Fact]
    public void Read_DamageFarWithinTheFile_NamesItsLine()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(TableCase.Of(9000, i => $"{i},{i % 5},{i % 2}", "x,y,class\n"));
        bytes[^3] = 0xe4;
        Reading(bytes).Should().Throw<DatasetFormatException>().WithMessage("*line 9001 is not UTF-8*");
    }

    [Fact]
    public void Read_QuoteWithinACell_IsALetter()
    {
        Dataset data = Read(TableCase.Of(20, i => $"{i},5\" pipe {i % 2},{i % 2}", "x,y,class\n"));
        data.Features.Shape.Should().Equal(20, 3);
    }

    private Dataset Read(string text, TableOptions? options = null) => Read(Encoding.UTF8.GetBytes(text), options);

    private Dataset Read(byte[] content, TableOptions? options = null) => DatasetReader.Open(_folder.Write("data.csv", content), options).Training;

    private Func<Dataset> Reading(string text, TableOptions? options = null) => () => Read(text, options);

    private Func<Dataset> Reading(byte[] content, TableOptions? options = null) => () => Read(content, options);
}
