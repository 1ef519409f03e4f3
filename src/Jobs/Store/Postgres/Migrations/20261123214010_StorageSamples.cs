using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace VzDump.Jobs.Store.Postgres.Migrations
{
    /// <inheritdoc />
    internal partial class StorageSamples : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "StorageSamples",
                columns: table => new
                {
                    Storage = table.Column<string>(type: "text", nullable: false),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    UsedBytes = table.Column<long>(type: "bigint", nullable: false),
                    TotalBytes = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_StorageSamples", x => new { x.Storage, x.At });
                });

            migrationBuilder.CreateIndex(
                name: "IX_StorageSamples_At",
                table: "StorageSamples",
                column: "At");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "StorageSamples");
        }
    }
}
